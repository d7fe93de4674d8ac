/** What a receiver gets, on a socket. Threats: forgery, codes and addresses in payloads, requests to inner networks. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { createEngineHarness, lastCode, startCommand, wrongCode } from '../../test/support/engine-harness.ts';
import { openTestStore } from '../../test/support/open-test-store.ts';
import { createWebhookReceiver } from '../../test/support/webhook-receiver.ts';
import type { CallbackFormat } from '../core/callback.ts';
import type { WebhookPost } from '../engine/ports/webhook-sender.ts';
import { createSystemRandomBytes } from '../lib/random.ts';
import { createSafeFetch, type SafeFetchOptions } from '../lib/safe-fetch.ts';
import { systemClock } from '../lib/time.ts';
import { makeWebhookSecret } from '../lib/webhook-secret.ts';
import { createWebhookSender } from './sender.ts';

const LOOPBACK = { allowHttp: true, allowRanges: ['127.0.0.0/8'] };
const secret = makeWebhookSecret(createSystemRandomBytes());
const older = makeWebhookSecret(createSystemRandomBytes());
const RED: CallbackFormat = {
  name: 'red',
  events: ['message.delivered'],
  needsAddress: false,
  signature: { header: 'x-red', scheme: 'timestamped-hex' },
  render: ({ event }) => ({ contentType: 'text/plain', body: `é ${event.id}` }),
};

function senderWith(t: TestContext, options: SafeFetchOptions = LOOPBACK) {
  const safeFetch = createSafeFetch(options);
  t.after(() => safeFetch[Symbol.asyncDispose]());
  return createWebhookSender({ safeFetch, clock: systemClock, formats: new Map([['red', RED]]) });
}

async function receive(t: TestContext) {
  const receiver = await createWebhookReceiver();
  t.after(() => receiver[Symbol.asyncDispose]());
  return receiver;
}

function post(url: string, rest: Partial<WebhookPost> = {}): WebhookPost {
  const event = {
    id: '01900000-0000-7000-8000-0000000000cc',
    tenantId: '01900000-0000-7000-8000-000000000001',
    type: 'message.delivered',
    verificationId: '01900000-0000-7000-8000-0000000000aa',
    messageId: '01900000-0000-7000-8000-0000000000bb',
    atMs: 1_767_225_600_000,
    data: { carrier: 'main' },
  } as const;
  const subject = {
    channel: 'sms',
    mode: 'test',
    clientReference: 'order-7',
    metadata: { order: '7' },
  } as const;
  return { url, format: 'native', secrets: [secret], event, subject, timeoutMs: 5_000, ...rest };
}

const never = new AbortController().signal;

test('the body is a thin event, byte for byte', async (t) => {
  const receiver = await receive(t);
  assert.deepEqual(await senderWith(t).send(post(receiver.url), never), { kind: 'answered', status: 204 });
  const [got] = receiver.posts;
  assert.equal(got?.path, '/hooks');
  assert.equal(got?.headers['content-type'], 'application/json');
  assert.equal(
    got?.body,
    '{"type":"message.delivered","timestamp":"2026-01-01T00:00:00.000Z","data":{' +
      '"eventId":"01900000-0000-7000-8000-0000000000cc","verificationId":"01900000-0000-7000-8000-0000000000aa",' +
      '"messageId":"01900000-0000-7000-8000-0000000000bb","status":"delivered","channel":"sms","mode":"test",' +
      '"clientReference":"order-7","metadata":{"order":"7"},"details":{"carrier":"main"}}}',
  );
});

test('the reference library verifies what arrives, with either secret while one is rotated', async (t) => {
  const receiver = await receive(t);
  await senderWith(t).send(post(receiver.url, { secrets: [secret, older] }), never);
  const [got] = receiver.posts;
  assert.ok(got);
  const headers = got.headers as Record<string, string>;
  for (const each of [secret, older]) {
    assert.deepEqual(new Webhook(each).verify(got.body, headers), JSON.parse(got.body));
  }
  const stranger = new Webhook(makeWebhookSecret(createSystemRandomBytes()));
  assert.throws(() => stranger.verify(got.body, headers), /No matching signature/);
  assert.throws(() => new Webhook(secret).verify(`${got.body} `, headers), /No matching signature/);
  assert.equal(headers['webhook-id'], '01900000-0000-7000-8000-0000000000cc');
});

test('a dialect’s form carries its own signature with the newest secret beside ours', async (t) => {
  const receiver = await receive(t);
  await senderWith(t).send(post(receiver.url, { format: 'red', secrets: [secret, older] }), never);
  const [got] = receiver.posts;
  assert.ok(got);
  assert.equal(got.headers['content-type'], 'text/plain');
  assert.match(String(got.headers['x-red']), /^t=\d{10},v1=[0-9a-f]{64}$/);
  const parsed = new Webhook(secret);
  assert.throws(() => parsed.verify(got.body, got.headers as Record<string, string>), SyntaxError);
});

test('an answer is passed on with its Retry-After, and a redirect is not followed', async (t) => {
  const receiver = await receive(t);
  const sender = senderWith(t);
  receiver.answer = (reply) => void reply.writeHead(429, { 'retry-after': '7' }).end('slow down');
  const busy = { kind: 'answered', status: 429, retryAfterMs: 7_000 };
  assert.deepEqual(await sender.send(post(receiver.url), never), busy);
  receiver.answer = (reply) => void reply.writeHead(307, { location: '/elsewhere' }).end();
  assert.deepEqual(await sender.send(post(receiver.url), never), { kind: 'answered', status: 307 });
  assert.equal(receiver.posts.length, 2);
});

test('what goes wrong on the way is an answer: nobody there, no reply in time, a form that is switched off', async (t) => {
  const receiver = await receive(t);
  const sender = senderWith(t);
  receiver.answer = () => {};
  const late = await sender.send(post(receiver.url, { timeoutMs: 30 }), never);
  assert.deepEqual(late, { kind: 'failed', reason: 'timeout-before-response' });
  await receiver[Symbol.asyncDispose]();
  assert.deepEqual(await sender.send(post(receiver.url), never), { kind: 'failed', reason: 'connect' });
  const off = await sender.send(post(receiver.url, { format: 'blue' }), never);
  assert.deepEqual(off, { kind: 'failed', reason: 'no-such-format' });
});

test('an inner address is refused when it is posted to, too: literal, http, or behind a name', async (t) => {
  const receiver = await receive(t);
  const strict = senderWith(t, { resolve: async () => ['127.0.0.1'] });
  const refused = async (url: string) => strict.send(post(url), never);
  assert.deepEqual(await refused('https://[::ffff:169.254.169.254]/'), {
    kind: 'failed',
    reason: 'refused-address',
  });
  assert.deepEqual(await refused('https://rebound.example/'), { kind: 'failed', reason: 'refused-address' });
  assert.deepEqual(await refused(receiver.url), { kind: 'failed', reason: 'refused-url' });
  assert.equal(receiver.posts.length, 0);
});

test('no code, number, e-mail address, text or secret is in anything that is posted', async (t) => {
  const store = await openTestStore();
  t.after(() => store[Symbol.asyncDispose]());
  const receiver = await receive(t);
  const harness = await createEngineHarness(store, {
    webhookSender: senderWith(t),
    webhookUrlRules: LOOPBACK,
  });
  const { engine, carrier, webhookDispatcher, dispatcher, clock } = harness;
  const principal = await harness.createPrincipal();
  const created = await engine.createWebhookEndpoint(principal, { url: receiver.url });
  const settle = async () => {
    await dispatcher.settled();
    await webhookDispatcher.settled();
  };
  const codes: string[] = [];
  for (const to of ['+14155550123', 'person@example.com']) {
    const channel = to.includes('@') ? 'email' : 'sms';
    const { verification, message } = await engine.startVerification(
      principal,
      startCommand({ to, channel }),
    );
    await settle();
    const code = lastCode(carrier);
    codes.push(code, wrongCode(code));
    await engine.checkVerification(principal, { verificationId: verification.id, code: wrongCode(code) });
    await harness.receive({ carrierMessageId: `main-${message.id}`, state: 'delivered' });
    await engine.checkVerification(principal, { verificationId: verification.id, code });
  }
  const text = 'Your table is ready, ask for Otilia';
  const policy = { numberStrictness: 'possible' } as const;
  await engine.sendMessage(principal, {
    dialect: 'native',
    to: '+14155550124',
    channel: 'sms',
    body: text,
    policy,
  });
  carrier.answer = () => ({ kind: 'refused', reason: 'invalid-destination', permanent: true });
  await engine.startVerification(principal, startCommand({ to: '+14155550125' }));
  await settle();
  clock.step(clock.now() + 3_600_000);
  await harness.sweep();
  await harness.dispatchWebhooks();

  const types = new Set(receiver.posts.map(({ body }) => JSON.parse(body).type));
  assert.ok(types.size >= 8, [...types].join());
  const everything = receiver.posts.map(({ headers, body }) => JSON.stringify(headers) + body).join('\n');
  const withoutIds = everything.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '');
  for (const secretText of [
    '4155550',
    '@example.com',
    'Otilia',
    created.secret,
    ...codes.map((code) => `"${code}"`),
  ]) {
    assert.ok(!withoutIds.includes(secretText), secretText);
  }
  const words = withoutIds.split(/[^0-9]+/);
  for (const code of codes) assert.ok(!words.includes(code), code);
});
