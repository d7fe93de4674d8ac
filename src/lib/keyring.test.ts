import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createSeededRandomBytes } from '../../test/support/seeded-random.ts';
import { createKeyring, type KeyringKeys } from './keyring.ts';
import { createSystemRandomBytes } from './random.ts';
import { SealError } from './seal.ts';

const randomBytes = createSystemRandomBytes();
const named = (name: string) => ({ name, bytes: createSeededRandomBytes(name)(32) });
const keys: KeyringKeys = { seal: [named('s1')], lookup: named('l1'), code: [named('c1')] };
const keyring = createKeyring(keys, randomBytes);

const sealErrorOf = (work: () => unknown): SealError => {
  try {
    work();
  } catch (error) {
    assert(error instanceof SealError);
    return error;
  }
  return assert.fail('it did not throw');
};

test('what is sealed opens again in its context, and only there', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), fc.string(), (plaintext, context, other) => {
      const sealed = keyring.seal(plaintext, context);
      assert.equal(keyring.open(sealed, context), plaintext);
      fc.pre(other !== context);
      assert.equal(sealErrorOf(() => keyring.open(sealed, other)).reason, 'tampered');
    }),
  );
});

test('a single flipped bit anywhere in an envelope is noticed', () => {
  const sealed = keyring.seal('+995599123456', 'messages.to:1');
  for (let bit = 0; bit < sealed.length * 8; bit += 1) {
    const altered = Uint8Array.from(sealed);
    altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.throws(() => keyring.open(altered, 'messages.to:1'), SealError, `bit ${bit}`);
  }
});

test('a cut, empty or foreign value is malformed, not a crash', () => {
  const sealed = keyring.seal('', 'x');
  for (let length = 0; length < sealed.length; length += 1) {
    assert.equal(sealErrorOf(() => keyring.open(sealed.subarray(0, length), 'x')).reason, 'malformed');
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      assert.throws(() => keyring.open(bytes, 'x'), SealError);
    }),
  );
});

test('an envelope is 32 bytes and the key name longer than its text', () => {
  assert.equal(keyring.seal('héllo', 'x').length, 1 + 1 + 2 + 12 + 16 + 6);
});

test('an envelope opens from the middle of a larger buffer, as database drivers hand it over', () => {
  const sealed = keyring.seal('text', 'x');
  const page = Buffer.concat([Buffer.alloc(7, 1), sealed, Buffer.alloc(7, 1)]);
  assert.equal(keyring.open(page.subarray(7, 7 + sealed.length), 'x'), 'text');
});

test('no nonce comes twice, and equal texts seal to different bytes', () => {
  const nonces = new Set<string>();
  for (let i = 0; i < 5_000; i += 1) {
    nonces.add(Buffer.from(keyring.seal('same', 'same').subarray(4, 16)).toString('hex'));
  }
  assert.equal(nonces.size, 5_000);
});

test('after rotation the new key seals, the older one still opens, and its values can be found', () => {
  const before = keyring.seal('text', 'x');
  const after = createKeyring({ ...keys, seal: [named('s2'), named('s1')] }, randomBytes);
  assert.equal(after.currentSealKey, 's2');
  assert.equal(after.open(before, 'x'), 'text');
  assert.equal(after.sealedWith(before), 's1');
  assert.equal(after.sealedWith(after.seal('text', 'x')), 's2');
});

test('a key that is not loaded is named in the error, and the text is not', () => {
  const foreign = createKeyring({ ...keys, seal: [named('other')] }, randomBytes).seal('secret text', 'x');
  const error = sealErrorOf(() => keyring.open(foreign, 'x'));
  assert.equal(error.reason, 'unknown-key');
  assert.equal(error.keyName, 'other');
  assert.doesNotMatch(error.message, /secret/);
});

test('the same key name with other bytes is tampering', () => {
  const impostor = createKeyring({ ...keys, seal: [{ ...named('z'), name: 's1' }] }, randomBytes);
  assert.equal(sealErrorOf(() => keyring.open(impostor.seal('a', 'x'), 'x')).reason, 'tampered');
});

test('a look-up hash depends on kind, tenant and value, and on where their borders lie', () => {
  const hash = (...parts: readonly [string, string, string]) =>
    Buffer.from(keyring.lookupHash(...parts)).toString('hex');
  fc.assert(
    fc.property(
      fc.tuple(fc.string(), fc.string(), fc.string()),
      fc.tuple(fc.string(), fc.string(), fc.string()),
      (a, b) => {
        assert.equal(hash(...a) === hash(...b), JSON.stringify(a) === JSON.stringify(b));
      },
    ),
  );
  assert.notEqual(hash('sms', 't1', 'x'), hash('sms', 't', '1x'));
  assert.notEqual(hash('sms', '1:t', 'x'), hash('sms1', ':t', 'x'));
  assert.equal(keyring.lookupHash('sms', 't', 'x').length, 32);
});

test('look-up hashes survive rotation of every other key', () => {
  const after = createKeyring(
    { ...keys, seal: [named('s2'), named('s1')], code: [named('c2')] },
    randomBytes,
  );
  assert.deepEqual(after.lookupHash('sms', 't', '+1'), keyring.lookupHash('sms', 't', '+1'));
});

test('a code matches its own hash under its own id, and nothing else does', () => {
  const stored = keyring.hashCode('id-1', '123456');
  assert.equal(keyring.matchesCode('id-1', '123456', stored), true);
  assert.equal(keyring.matchesCode('id-1', '123457', stored), false);
  assert.equal(keyring.matchesCode('id-1', '', stored), false);
  assert.equal(keyring.matchesCode('id-2', '123456', stored), false);
  assert.equal(keyring.matchesCode('id-11', '23456', stored), false);
  assert.equal(
    keyring.matchesCode('id-1', '123456', { ...stored, hash: stored.hash.subarray(0, 31) }),
    false,
  );
});

test('a code hashed before rotation still matches; under a forgotten key it is an error, not a wrong code', () => {
  const stored = keyring.hashCode('id', '123456');
  const after = createKeyring({ ...keys, code: [named('c2'), named('c1')] }, randomBytes);
  assert.equal(after.hashCode('id', '123456').key, 'c2');
  assert.equal(after.matchesCode('id', '123456', stored), true);
  const forgot = createKeyring({ ...keys, code: [named('c2')] }, randomBytes);
  assert.equal(sealErrorOf(() => forgot.matchesCode('id', '123456', stored)).keyName, 'c1');
});

test('a keyring with a short key, a bad name, two of one name, or none is refused at once', () => {
  const broken: readonly Partial<KeyringKeys>[] = [
    { seal: [] },
    { code: [] },
    { seal: [{ name: 's1', bytes: new Uint8Array(31) }] },
    { lookup: { name: 'l1', bytes: new Uint8Array(16) } },
    { code: [named('c1'), named('c1')] },
    { seal: [{ ...named('s1'), name: 'Ünïcode' }] },
    { seal: [{ ...named('s1'), name: '' }] },
  ];
  for (const part of broken) {
    assert.throws(() => createKeyring({ ...keys, ...part }, randomBytes), { code: 'ERR_ASSERTION' });
  }
});
