import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { createSystemRandomBytes } from '../lib/random.ts';
import { makeWebhookSecret, parseWebhookSecret } from '../lib/webhook-secret.ts';
import { signStandardWebhook, toTimestampedSignature, verifyStandardWebhook } from './signature.ts';

const randomBytes = createSystemRandomBytes();
const keyOf = (secret: string): Uint8Array => {
  const key = parseWebhookSecret(secret);
  assert(key);
  return key;
};
const secret = makeWebhookSecret(randomBytes);
const older = makeWebhookSecret(randomBytes);
const NOW_MS = 1_769_850_305_000;
const NOW_SECONDS = NOW_MS / 1000;

test("the reference library's own example signs alike", () => {
  // The vector of the Standard Webhooks reference tests.
  const headers = signStandardWebhook('msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330, '{"test": 2432232314}', [
    keyOf('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'),
  ]);
  assert.equal(headers['webhook-signature'], 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
});

test('the reference library verifies what we sign, and we verify what it signs', () => {
  // Its verification reads the machine's clock, so this one test signs with it, too.
  const at = new Date();
  const seconds = Math.floor(at.getTime() / 1000);
  const reference = new Webhook(secret);
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.string({ unit: 'grapheme' })), fc.uuid(), (event, id) => {
      const body = JSON.stringify(event);
      const headers = signStandardWebhook(id, seconds, body, [keyOf(secret)]);
      assert.deepEqual(reference.verify(body, { ...headers }), JSON.parse(body));
      assert.equal(reference.sign(id, at, body), headers['webhook-signature']);
    }),
    { numRuns: 50 },
  );
});

test('during rotation either secret verifies, with us and with the reference library', () => {
  const seconds = Math.floor(Date.now() / 1000);
  const headers = signStandardWebhook('id', seconds, '{}', [keyOf(secret), keyOf(older)]);
  for (const one of [secret, older]) {
    assert.doesNotThrow(() => new Webhook(one).verify('{}', { ...headers }));
    assert.equal(verifyStandardWebhook(headers, '{}', [keyOf(one)], seconds * 1000), 'valid');
  }
  const rotated = signStandardWebhook('id', seconds, '{}', [keyOf(older)]);
  assert.equal(verifyStandardWebhook(rotated, '{}', [keyOf(secret), keyOf(older)], seconds * 1000), 'valid');
});

test('a changed id, time, body or secret is a mismatch', () => {
  const headers = signStandardWebhook('id', NOW_SECONDS, '{"a":1}', [keyOf(secret)]);
  const verdict = (change: Readonly<Record<string, string>>, body = '{"a":1}', key = secret) =>
    verifyStandardWebhook({ ...headers, ...change }, body, [keyOf(key)], NOW_MS);
  assert.equal(verdict({}), 'valid');
  assert.equal(verdict({ 'webhook-id': 'id2' }), 'mismatch');
  assert.equal(verdict({ 'webhook-timestamp': String(NOW_SECONDS + 1) }), 'mismatch');
  assert.equal(verdict({}, '{"a": 1}'), 'mismatch');
  assert.equal(verdict({}, undefined, older), 'mismatch');
  assert.equal(verdict({ 'webhook-signature': '' }), 'mismatch');
  assert.equal(verdict({ 'webhook-signature': 'v1,' }), 'mismatch');
  const otherVersion = headers['webhook-signature'].replace('v1,', 'v2,');
  assert.equal(verdict({ 'webhook-signature': otherVersion }), 'mismatch');
  assert.equal(verdict({ 'webhook-signature': `v1a,xx ${headers['webhook-signature']}` }), 'valid');
});

test('replay: a signature is good for five minutes either way', () => {
  const headers = signStandardWebhook('id', NOW_SECONDS, '{}', [keyOf(secret)]);
  const at = (offsetMs: number) => verifyStandardWebhook(headers, '{}', [keyOf(secret)], NOW_MS + offsetMs);
  assert.deepEqual([at(300_000), at(-300_000)], ['valid', 'valid']);
  assert.deepEqual([at(300_001), at(-300_001)], ['stale', 'stale']);
});

test('missing, unreadable and excessive headers are malformed', () => {
  const headers = signStandardWebhook('id', NOW_SECONDS, '{}', [keyOf(secret)]);
  const changes: readonly Readonly<Record<string, string | undefined>>[] = [
    { 'webhook-id': undefined },
    { 'webhook-timestamp': undefined },
    { 'webhook-timestamp': '' },
    { 'webhook-timestamp': `${NOW_SECONDS}.0` },
    { 'webhook-timestamp': '1e9' },
    { 'webhook-signature': `${headers['webhook-signature']} `.repeat(9) },
  ];
  for (const change of changes) {
    const given = Object.fromEntries(
      Object.entries({ ...headers, ...change }).filter(([, value]) => value !== undefined),
    );
    assert.equal(
      verifyStandardWebhook(given, '{}', [keyOf(secret)], NOW_MS),
      'malformed',
      JSON.stringify(change),
    );
  }
});

test('a secret is 24 to 64 bytes of whole base64 after its prefix', () => {
  const ofBytes = (count: number) => `whsec_${Buffer.alloc(count, 7).toString('base64')}`;
  for (const count of [24, 25, 32, 64]) assert.equal(parseWebhookSecret(ofBytes(count))?.length, count);
  assert.equal(parseWebhookSecret(ofBytes(32).replaceAll('=', ''))?.length, 32);
  for (const text of [
    ofBytes(23),
    ofBytes(65),
    ofBytes(32).slice('whsec_'.length),
    `${ofBytes(32)}!`,
    `whsec_ ${ofBytes(32).slice(6)}`,
    'whsec_',
    '',
  ]) {
    assert.equal(parseWebhookSecret(text), undefined, text);
  }
  assert.match(makeWebhookSecret(randomBytes), /^whsec_[A-Za-z0-9+/]{43}=$/);
});

test('the timestamped form is a hex HMAC over time, full stop and body', () => {
  // Computed with Python's `hmac`.
  assert.equal(
    toTimestampedSignature('a secret', 1_769_850_305, '{"event":"session_finished","id":"ü"}'),
    't=1769850305,v1=a1377a0add8254b010bc32a17be643099d28b19e67cb6ead2b3ced046c570066',
  );
});
