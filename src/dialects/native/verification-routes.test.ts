/** Verifications on the native wire: starts, checks, sends, cancel. Threats: ignored typos, converted types, codes of other types. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  fakeMessage,
  fakeVerification,
  MESSAGE_ID,
  VERIFICATION_ID,
} from '../../../test/support/fake-engine.ts';
import { serveNative } from '../../../test/support/native-wire.ts';
import { NATIVE_POLICY } from '../../core/policy.ts';

test('a start with only an address has the native defaults', async () => {
  const { ask, onlyCall } = await serveNative();
  const reply = await ask('POST', '/verifications', { to: '+14155550123' });
  assert.equal(reply.statusCode, 201);
  assert.equal(reply.headers.location, `/otp/v1/verifications/${VERIFICATION_ID}`);
  assert.equal(reply.headers['otpost-verification-id'], VERIFICATION_ID);
  assert.equal(reply.headers['otpost-message-id'], MESSAGE_ID);
  assert.ok(reply.headers['x-request-id']);
  const [command] = onlyCall('startVerification') as [Record<string, unknown>];
  assert.equal(command.dialect, 'native');
  assert.equal(command.to, '+14155550123');
  assert.equal(command.channel, 'sms');
  assert.deepEqual(command.policy, NATIVE_POLICY);
});

test('what the config says for the tenant holds where the body does not say', async () => {
  const policy = {
    codeLength: 8,
    ttlSeconds: 120,
    checksMax: 3,
    cooldownSeconds: 10,
    onPending: 'replace-code',
    numberStrictness: 'possible',
    callingCodes: ['44'],
    refusedNumberTypes: ['PREMIUM_RATE'],
  } as const;
  const { ask, onlyCall } = await serveNative({}, { policy });
  await ask('POST', '/verifications', { to: '+14155550123', ttlSeconds: 300 });
  const [command] = onlyCall('startVerification') as [Record<string, unknown>];
  assert.deepEqual(command.policy, { ...NATIVE_POLICY, ...policy, ttlSeconds: 300 });
});

test('what it says of numbers holds for texts, too', async () => {
  const policy = { callingCodes: ['44'], numberStrictness: 'syntax' } as const;
  const { ask, onlyCall } = await serveNative({}, { policy });
  await ask('POST', '/messages', { to: '+14155550123', body: 'Hello' });
  const [command] = onlyCall('sendMessage') as [{ readonly policy: object }];
  assert.partialDeepStrictEqual(command.policy, policy);
});

test('a start’s reply has the documented fields in their order, and no more', async () => {
  const { ask } = await serveNative();
  const reply = await ask('POST', '/verifications', { to: '+14155550123' });
  assert.equal(
    reply.body,
    `{"id":"${VERIFICATION_ID}","status":"pending","to":"+14155550123","recipientId":"recipient-1",` +
      '"channel":"sms","purpose":"default","mode":"live","codeLength":6,"checksLeft":5,"sendsLeft":4,"expiresAt":"2026-01-01T00:10:00.000Z",' +
      `"createdAt":"2026-01-01T00:00:00.000Z","messages":[{"id":"${MESSAGE_ID}","channel":"sms","status":"queued",` +
      '"segments":1,"createdAt":"2026-01-01T00:00:00.000Z","updatedAt":"2026-01-01T00:00:00.000Z"}]}',
  );
});

test('optional fields of a verification appear when there are any', async () => {
  const { ask } = await serveNative({
    getVerification: async () => ({
      ...fakeVerification,
      state: 'approved',
      settledAtMs: fakeVerification.createdAtMs + 1000,
      clientReference: 'order-7',
      metadata: { order: '7' },
      warnings: ['several-segments'],
      messages: [{ ...fakeMessage, state: 'failed', carrier: 'main', failure: 'throttled' }],
    }),
  });
  const body = (await ask('GET', `/verifications/${VERIFICATION_ID}`)).json();
  assert.equal(body.status, 'approved');
  assert.equal(body.settledAt, '2026-01-01T00:00:01.000Z');
  assert.equal(body.clientReference, 'order-7');
  assert.deepEqual(body.metadata, { order: '7' });
  assert.deepEqual(body.warnings, ['several-segments']);
  assert.equal(body.messages[0].carrier, 'main');
  assert.equal(body.messages[0].failure, 'throttled');
});

test('everything that a start may say reaches the engine', async () => {
  const { ask, onlyCall } = await serveNative();
  const reply = await ask('POST', '/verifications', {
    to: 'person@example.com',
    channel: 'email',
    codeLength: 8,
    codeAlphabet: 'alphanumeric',
    ttlSeconds: 30,
    checksMax: 20,
    locale: 'pt-BR',
    template: 'welcome',
    brand: 'Acme',
    sender: 'Acme',
    purpose: 'login',
    clientReference: 'order-7',
    clientIp: '2001:db8::1',
    metadata: { order: '7' },
    webOtpDomain: 'acme.example',
    androidAppHash: 'FA+9qCX9VSu',
  });
  assert.equal(reply.statusCode, 201);
  assert.deepEqual(onlyCall('startVerification'), [
    {
      dialect: 'native',
      to: 'person@example.com',
      channel: 'email',
      purpose: 'login',
      policy: {
        ...NATIVE_POLICY,
        codeLength: 8,
        codeAlphabet: 'alphanumeric',
        ttlSeconds: 30,
        checksMax: 20,
      },
      text: {
        kind: 'template',
        name: 'welcome',
        locale: 'pt-BR',
        brand: 'Acme',
        webOtpDomain: 'acme.example',
        androidAppHash: 'FA+9qCX9VSu',
      },
      sender: 'Acme',
      clientReference: 'order-7',
      clientIp: '2001:db8::1',
      metadata: { order: '7' },
      idempotency: undefined,
    },
  ]);
});

test('without a channel an address with an @ is written to by e-mail', async () => {
  const { ask, onlyCall } = await serveNative();
  await ask('POST', '/verifications', { to: 'person@example.com' });
  const [command] = onlyCall('startVerification') as [{ channel: string }];
  assert.equal(command.channel, 'email');
});

test('a check’s outcome is a 200 with the verification', async () => {
  const { ask, onlyCall } = await serveNative();
  const reply = await ask('POST', `/verifications/${VERIFICATION_ID}/checks`, { code: ' 123-456 ' });
  assert.equal(reply.statusCode, 200);
  assert.match(reply.body, /^\{"outcome":"incorrect","checksLeft":4,"verification":\{"id":/);
  assert.deepEqual(onlyCall('checkVerification'), [{ verificationId: VERIFICATION_ID, code: ' 123-456 ' }]);
});

test('a check may name the recipient and a purpose', async () => {
  const { ask, onlyCall } = await serveNative();
  const body = { code: '123456', purpose: 'login' };
  const reply = await ask('POST', '/recipients/recipient-1/checks', body);
  assert.deepEqual(onlyCall('checkNewest'), [{ recipientId: 'recipient-1', ...body }]);
  assert.match(reply.body, /^\{"outcome":"approved","checksLeft":0,"verification":\{"id":/);
});

test('a code that is no text never reaches the engine', async () => {
  const { ask, calls } = await serveNative();
  for (const body of [
    {},
    { code: 123456 },
    { code: null },
    { code: ['123456'] },
    { code: {} },
    { code: true },
    [],
  ]) {
    const reply = await ask('POST', `/verifications/${VERIFICATION_ID}/checks`, body);
    assert.equal(reply.statusCode, 400, JSON.stringify(body));
    assert.equal(reply.json().code, 'invalid_request');
  }
  assert.equal(calls.filter(({ method }) => method === 'checkVerification').length, 0);
});

test('sends and cancel take no body, an empty one, or JSON with nothing in it', async () => {
  const { ask, calls } = await serveNative();
  const json = { 'content-type': 'application/json' };
  for (const path of ['sends', 'cancel']) {
    const url = `/verifications/${VERIFICATION_ID}/${path}`;
    const status = path === 'sends' ? 201 : 200;
    assert.equal((await ask('POST', url)).statusCode, status);
    assert.equal((await ask('POST', url, '', json)).statusCode, status);
    assert.equal((await ask('POST', url, {})).statusCode, status);
    assert.equal((await ask('POST', url, { surprise: 1 })).statusCode, 400);
  }
  assert.equal(calls.filter(({ method }) => method === 'sendAgain').length, 3);
  assert.equal(calls.filter(({ method }) => method === 'cancelVerification').length, 3);
});

test('a send may name another channel', async () => {
  const { ask, onlyCall } = await serveNative();
  const reply = await ask('POST', `/verifications/${VERIFICATION_ID}/sends`, { channel: 'voice' });
  assert.equal(reply.headers['otpost-message-id'], MESSAGE_ID);
  assert.deepEqual(onlyCall('sendAgain'), [
    { verificationId: VERIFICATION_ID, channel: 'voice', idempotency: undefined },
  ]);
});
