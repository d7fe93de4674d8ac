/** The native wire: every route's way in and out. Threats: ignored typos, converted types, codes of other types. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serveDialect } from '../../../test/support/dialect-server.ts';
import {
  EVENT_ID,
  FAKE_SECRET,
  fakeMessage,
  fakePrincipal,
  fakeVerification,
  MESSAGE_ID,
  VERIFICATION_ID,
} from '../../../test/support/fake-engine.ts';
import { NATIVE_POLICY } from '../../core/policy.ts';
import type { Scope } from '../../core/principal.ts';
import type { TenantSettings } from '../../core/tenant-settings.ts';
import type { Engine } from '../../engine/engine.ts';
import { native } from './index.ts';

const auth = { authorization: `Bearer ${FAKE_SECRET}` };
type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

async function serve(overrides: Partial<Engine> = {}, settings: Partial<TenantSettings> = {}) {
  const server = await serveDialect(native, overrides, {}, settings);
  const ask = (method: Method, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    server.app.inject({
      method,
      url: `/otp/v1${path}`,
      headers: { ...auth, ...headers },
      ...(body === undefined ? {} : { payload: body as object }),
    });
  return { ...server, ask };
}

test('a start with only an address has the native defaults', async () => {
  const { ask, onlyCall } = await serve();
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
  const { ask, onlyCall } = await serve({}, { policy });
  await ask('POST', '/verifications', { to: '+14155550123', ttlSeconds: 300 });
  const [command] = onlyCall('startVerification') as [Record<string, unknown>];
  assert.deepEqual(command.policy, { ...NATIVE_POLICY, ...policy, ttlSeconds: 300 });
});

test('what it says of numbers holds for texts, too', async () => {
  const policy = { callingCodes: ['44'], numberStrictness: 'syntax' } as const;
  const { ask, onlyCall } = await serve({}, { policy });
  await ask('POST', '/messages', { to: '+14155550123', body: 'Hello' });
  const [command] = onlyCall('sendMessage') as [{ readonly policy: object }];
  assert.partialDeepStrictEqual(command.policy, policy);
});

test('a start’s reply has the documented fields in their order, and no more', async () => {
  const { ask } = await serve();
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
  const { ask } = await serve({
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
  const { ask, onlyCall } = await serve();
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
  const { ask, onlyCall } = await serve();
  await ask('POST', '/verifications', { to: 'person@example.com' });
  const [command] = onlyCall('startVerification') as [{ channel: string }];
  assert.equal(command.channel, 'email');
});

test('a check’s outcome is a 200 with the verification', async () => {
  const { ask, onlyCall } = await serve();
  const reply = await ask('POST', `/verifications/${VERIFICATION_ID}/checks`, { code: ' 123-456 ' });
  assert.equal(reply.statusCode, 200);
  assert.match(reply.body, /^\{"outcome":"incorrect","checksLeft":4,"verification":\{"id":/);
  assert.deepEqual(onlyCall('checkVerification'), [{ verificationId: VERIFICATION_ID, code: ' 123-456 ' }]);
});

test('a check may name the recipient and a purpose', async () => {
  const { ask, onlyCall } = await serve();
  const body = { code: '123456', purpose: 'login' };
  const reply = await ask('POST', '/recipients/recipient-1/checks', body);
  assert.deepEqual(onlyCall('checkNewest'), [{ recipientId: 'recipient-1', ...body }]);
  assert.match(reply.body, /^\{"outcome":"approved","checksLeft":0,"verification":\{"id":/);
});

test('a code that is no text never reaches the engine', async () => {
  const { ask, calls } = await serve();
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
  const { ask, calls } = await serve();
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
  const { ask, onlyCall } = await serve();
  const reply = await ask('POST', `/verifications/${VERIFICATION_ID}/sends`, { channel: 'voice' });
  assert.equal(reply.headers['otpost-message-id'], MESSAGE_ID);
  assert.deepEqual(onlyCall('sendAgain'), [
    { verificationId: VERIFICATION_ID, channel: 'voice', idempotency: undefined },
  ]);
});

test('lists are paged by an opaque cursor', async () => {
  const { ask, onlyCall } = await serve();
  const reply = await ask('GET', '/verifications?limit=2&cursor=abc&status=pending');
  assert.equal(reply.json().next, 'cursor-2');
  assert.equal(reply.json().items[0].id, VERIFICATION_ID);
  assert.deepEqual(onlyCall('listVerifications'), [{ state: 'pending' }, { limit: 2, cursor: 'abc' }]);
  const last = await ask('GET', '/messages');
  assert.equal('next' in last.json(), false);
  assert.deepEqual(onlyCall('listMessages'), [{}, { limit: 20 }]);
});

test('bad paging is refused by name', async () => {
  const { ask } = await serve();
  for (const [query, field] of [
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=1e1', 'limit'],
    ['limit=', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['cursor=', 'cursor'],
    ['status=open', 'status'],
    ['to=%2B14155550123', 'to'],
  ] as const) {
    const reply = await ask('GET', `/verifications?${query}`);
    assert.equal(reply.statusCode, 400, query);
    assert.equal(reply.json().field, field, query);
  }
});

test('an address is searched for in a body', async () => {
  const { ask, onlyCall } = await serve();
  const reply = await ask('POST', '/verifications/search', { to: '+1 415 555 0123', limit: '5' });
  assert.equal(reply.statusCode, 200);
  assert.deepEqual(onlyCall('listVerifications'), [{ to: '+1 415 555 0123' }, { limit: 5 }]);
});

test('a timeline is the events of a verification that exists', async () => {
  const { ask, calls } = await serve();
  const reply = await ask('GET', `/verifications/${VERIFICATION_ID}/events?limit=5`);
  assert.deepEqual(reply.json().items, [
    {
      id: EVENT_ID,
      type: 'verification.created',
      verificationId: VERIFICATION_ID,
      createdAt: '2026-01-01T00:00:00.000Z',
      data: { channel: 'sms', segments: 1, test: false },
    },
  ]);
  assert.deepEqual(
    calls.map(({ method }) => method),
    ['authenticate', 'getVerification', 'listEvents'],
  );
});

test('events are listed by filter and read by id', async () => {
  const { ask, onlyCall } = await serve();
  assert.equal((await ask('GET', `/events?type=message.failed&messageId=${MESSAGE_ID}`)).statusCode, 200);
  assert.deepEqual(onlyCall('listEvents'), [
    { type: 'message.failed', messageId: MESSAGE_ID },
    { limit: 20 },
  ]);
  assert.equal((await ask('GET', `/events/${EVENT_ID}`)).json().id, EVENT_ID);
  assert.equal((await ask('GET', '/events?type=message.lost')).statusCode, 400);
});

test('a message is sent, read and listed', async () => {
  const { ask, onlyCall } = await serve();
  const sent = await ask('POST', '/messages', {
    to: '+14155550123',
    body: 'Your table is ready.',
    segmentsMax: 1,
  });
  assert.equal(sent.statusCode, 201);
  assert.equal(sent.headers['otpost-message-id'], MESSAGE_ID);
  assert.equal(sent.headers.location, `/otp/v1/messages/${MESSAGE_ID}`);
  assert.deepEqual(onlyCall('sendMessage'), [
    {
      dialect: 'native',
      to: '+14155550123',
      channel: 'sms',
      body: 'Your table is ready.',
      segmentsMax: 1,
      policy: { numberStrictness: 'valid', callingCodes: undefined, refusedNumberTypes: undefined },
      idempotency: undefined,
    },
  ]);
  const read = (await ask('GET', `/messages/${MESSAGE_ID}`)).json();
  assert.deepEqual([read.id, read.to, read.status, read.segments], [MESSAGE_ID, '+14155550123', 'queued', 1]);
});

test('templates are made, read, listed and deleted', async () => {
  const { ask, onlyCall } = await serve();
  const body = { bodies: { en: 'Your code: {{code}}' }, defaultLocale: 'en' };
  assert.equal((await ask('PUT', '/templates/welcome', body)).json().name, 'welcome');
  assert.deepEqual(onlyCall('saveTemplate'), [{ ...body, name: 'welcome', isDefault: false }]);
  assert.deepEqual((await ask('GET', '/templates/welcome')).json().bodies, { en: 'Your code: {{code}}' });
  assert.equal((await ask('GET', '/templates')).json().items.length, 1);
  const deleted = await ask('DELETE', '/templates/welcome');
  assert.deepEqual([deleted.statusCode, deleted.body], [204, '']);
  assert.deepEqual(onlyCall('deleteTemplate'), ['welcome']);
});

test('a block is lifted by address', async () => {
  const { ask, onlyCall } = await serve();
  const reply = await ask('POST', '/recipients/unblock', { to: '+14155550123' });
  assert.deepEqual([reply.statusCode, reply.body], [204, '']);
  assert.deepEqual(onlyCall('liftBlock'), ['+14155550123']);
});

test('an Idempotency-Key goes to the engine with a hash of the call, whatever the order of its fields', async () => {
  const { ask, calls } = await serve();
  const key = { 'idempotency-key': 'order-7' };
  await ask(
    'POST',
    '/verifications',
    { to: '+14155550123', brand: 'Acme', metadata: { a: '1', b: '2' } },
    key,
  );
  await ask(
    'POST',
    '/verifications',
    { metadata: { b: '2', a: '1' }, brand: 'Acme', to: '+14155550123' },
    key,
  );
  await ask(
    'POST',
    '/verifications',
    { to: '+14155550124', brand: 'Acme', metadata: { a: '1', b: '2' } },
    key,
  );
  await ask('POST', '/verifications/a/sends', {}, key);
  await ask('POST', '/verifications/b/sends', {}, key);
  const hashes = calls
    .filter(({ method }) => method === 'startVerification' || method === 'sendAgain')
    .map(({ args }) => (args[1] as { idempotency: { key: string; requestHash: string } }).idempotency);
  assert.ok(hashes.every(({ key }) => key === 'order-7'));
  const [first, reordered, ...others] = hashes.map(({ requestHash }) => requestHash);
  assert.equal(first, reordered);
  assert.equal(new Set([first, ...others]).size, 4);
});

test('a replayed answer says so', async () => {
  const { ask } = await serve({
    startVerification: async () => ({ verification: fakeVerification, message: fakeMessage, isReplay: true }),
  });
  const reply = await ask('POST', '/verifications', { to: '+14155550123' }, { 'idempotency-key': 'k' });
  assert.deepEqual([reply.statusCode, reply.headers['idempotency-replayed']], [201, 'true']);
});

test('an Idempotency-Key of the wrong form is refused', async () => {
  const { ask } = await serve();
  for (const key of ['', 'has space', 'x'.repeat(256), 'é']) {
    const reply = await ask('POST', '/verifications', { to: '+14155550123' }, { 'idempotency-key': key });
    assert.deepEqual([reply.statusCode, reply.json().field], [400, 'idempotency-key'], key);
  }
});

test('each group of calls needs its scope', async () => {
  const calls: [Scope, Method, string][] = [
    ['verify', 'POST', '/verifications'],
    ['verify', 'GET', '/verifications'],
    ['verify', 'POST', '/verifications/search'],
    ['verify', 'GET', '/verifications/x'],
    ['verify', 'GET', '/verifications/x/events'],
    ['verify', 'POST', '/verifications/x/checks'],
    ['verify', 'POST', '/verifications/x/sends'],
    ['verify', 'POST', '/verifications/x/cancel'],
    ['verify', 'POST', '/recipients/x/checks'],
    ['verify', 'POST', '/subjects/x/devices'],
    ['verify', 'GET', '/subjects/x/devices'],
    ['verify', 'DELETE', '/subjects/x/devices'],
    ['verify', 'GET', '/subjects/x/devices/y'],
    ['verify', 'DELETE', '/subjects/x/devices/y'],
    ['verify', 'GET', '/subjects/x/devices/y/qr.svg'],
    ['verify', 'POST', '/subjects/x/devices/y/activate'],
    ['verify', 'POST', '/subjects/x/devices/y/checks'],
    ['verify', 'POST', '/subjects/x/checks'],
    ['manage', 'POST', '/subjects/x/unblock'],
    ['messages', 'POST', '/messages'],
    ['messages', 'GET', '/messages'],
    ['messages', 'GET', '/messages/x'],
    ['manage', 'GET', '/templates'],
    ['manage', 'GET', '/templates/x'],
    ['manage', 'PUT', '/templates/x'],
    ['manage', 'DELETE', '/templates/x'],
    ['manage', 'GET', '/events'],
    ['manage', 'GET', '/events/x'],
    ['manage', 'POST', '/recipients/unblock'],
    ['manage', 'GET', '/balance'],
    ['manage', 'GET', '/balance/ledger'],
    ['manage', 'POST', '/balance/top-ups'],
    ['manage', 'PUT', '/balance/daily-cap'],
  ];
  const all: readonly Scope[] = ['verify', 'messages', 'manage'];
  for (const [needed, method, path] of calls) {
    const others = all.filter((scope) => scope !== needed);
    const { ask } = await serve({ authenticate: async () => fakePrincipal(others) });
    const reply = await ask(method, path);
    assert.deepEqual([reply.statusCode, reply.json().code], [403, 'scope_missing'], `${method} ${path}`);
  }
});
