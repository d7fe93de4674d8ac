import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { createSystemRandomBytes } from '../lib/random.ts';
import { makeWebhookSecret, parseWebhookSecret } from '../lib/webhook-secret.ts';
import { signStandardWebhook, toTimestampedSignature } from './signature.ts';

const randomBytes = createSystemRandomBytes();
const keyOf = (secret: string): Uint8Array => {
  const key = parseWebhookSecret(secret);
  assert(key);
  return key;
};
const secret = makeWebhookSecret(randomBytes);
const older = makeWebhookSecret(randomBytes);

test("the reference library's own example signs alike", () => {
  // The vector of the Standard Webhooks reference tests.
  const headers = signStandardWebhook('msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330, '{"test": 2432232314}', [
    keyOf('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'),
  ]);
  assert.equal(headers['webhook-signature'], 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
});

test('the reference library verifies what we sign, and signs it alike', () => {
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

test('during rotation either secret verifies', () => {
  const seconds = Math.floor(Date.now() / 1000);
  const headers = signStandardWebhook('id', seconds, '{}', [keyOf(secret), keyOf(older)]);
  for (const one of [secret, older]) {
    assert.doesNotThrow(() => new Webhook(one).verify('{}', { ...headers }));
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
