import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSeededRandomBytes } from '../../test/support/seeded-random.ts';
import { type DataKeyRow, makeDataKey, openDataKeys, rewrapDataKey } from './data-keys.ts';
import { createKeyring } from './keyring.ts';
import { createMaster, makeMasterSecret, parseMasterSecret } from './master.ts';
import { SealError } from './seal.ts';

const randomBytes = createSeededRandomBytes('data keys');
const master = createMaster(makeMasterSecret(randomBytes), randomBytes);
const other = createMaster(makeMasterSecret(randomBytes), randomBytes);
const rows: readonly DataKeyRow[] = [
  makeDataKey('seal', 's2', master, randomBytes),
  makeDataKey('code', 'c1', master, randomBytes),
  makeDataKey('lookup', 'l1', master, randomBytes),
  makeDataKey('seal', 's1', master, randomBytes),
];

test('rows of the key table become a keyring whose current keys are the newest', () => {
  const keyring = createKeyring(openDataKeys(rows, master), randomBytes);
  assert.equal(keyring.currentSealKey, 's2');
  assert.equal(keyring.open(keyring.seal('text', 'x'), 'x'), 'text');
});

test('rotating the master re-wraps the keys and changes nothing that they made', () => {
  const before = createKeyring(openDataKeys(rows, master), randomBytes);
  const moved = rows.map((row) => rewrapDataKey(row, master, other));
  const after = createKeyring(openDataKeys(moved, other), randomBytes);
  assert.equal(after.open(before.seal('text', 'x'), 'x'), 'text');
  assert.deepEqual(after.lookupHash('sms', 't', '+1'), before.lookupHash('sms', 't', '+1'));
  assert.equal(after.matchesCode('id', '123456', before.hashCode('id', '123456')), true);
});

test('another master cannot open the keys, and the error tells whose they are', () => {
  assert.throws(
    () => openDataKeys(rows, other),
    (error) =>
      error instanceof SealError &&
      error.reason === 'unknown-key' &&
      error.keyName === `master-${master.fingerprint()}`,
  );
});

test('a wrapped key does not open under another name or purpose', () => {
  const [row] = rows;
  assert(row);
  const lookup = makeDataKey('lookup', 'l1', master, randomBytes);
  for (const moved of [
    { ...row, name: 's9' },
    { ...row, purpose: 'code' as const },
  ]) {
    assert.throws(() => openDataKeys([moved, lookup], master), SealError);
  }
});

test('a database with no lookup key, or two, is refused', () => {
  assert.throws(() => openDataKeys(rows.slice(0, 2), master), /exactly one lookup key/);
  const second = makeDataKey('lookup', 'l2', master, randomBytes);
  assert.throws(() => openDataKeys([...rows, second], master), /exactly one lookup key/);
});

test('the fingerprint is stable, differs between secrets, and holds no part of them', () => {
  const secret = makeMasterSecret(randomBytes);
  const first = createMaster(secret, randomBytes).fingerprint();
  assert.match(first, /^[0-9a-f]{16}$/);
  assert.equal(createMaster(secret, randomBytes).fingerprint(), first);
  assert.notEqual(createMaster(`${secret}a`, randomBytes).fingerprint(), first);
});

test('a master secret is hex of 32 bytes, base64, or any other long and varied text', () => {
  const hex = '0123456789abcdef'.repeat(4);
  for (const text of [
    hex,
    hex.toUpperCase(),
    makeMasterSecret(randomBytes),
    'correct horse battery staple, 9',
  ]) {
    const padded = text.padEnd(32, '!');
    assert.deepEqual(parseMasterSecret(` ${padded}\n`), { ok: true, secret: padded });
  }
});

test('a short, endless or repetitive master secret is refused by name', () => {
  const faults: readonly (readonly [string, string])[] = [
    ['', 'too-short'],
    [' '.repeat(64), 'too-short'],
    ['abcdefghijklmnopqrstuvwxyz01234', 'too-short'],
    ['0123456789abcdef0123456789abcdef', 'too-short'],
    ['0'.repeat(64), 'too-repetitive'],
    ['changeme'.repeat(8), 'too-repetitive'],
    ['abcdefghijklmnop'.repeat(65), 'too-long'],
  ];
  for (const [text, fault] of faults) assert.deepEqual(parseMasterSecret(text), { ok: false, fault }, text);
});
