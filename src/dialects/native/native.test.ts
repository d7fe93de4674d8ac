/** The native wire beside verifications: lists, events, messages, templates, blocks, idempotency, scopes. Threat: a call beyond its key's scopes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  EVENT_ID,
  fakeMessage,
  fakePrincipal,
  fakeVerification,
  MESSAGE_ID,
  VERIFICATION_ID,
} from '../../../test/support/fake-engine.ts';
import { type Method, serveNative } from '../../../test/support/native-wire.ts';
import type { Scope } from '../../core/principal.ts';

test('lists are paged by an opaque cursor', async () => {
  const { ask, onlyCall } = await serveNative();
  const reply = await ask('GET', '/verifications?limit=2&cursor=abc&status=pending');
  assert.equal(reply.json().next, 'cursor-2');
  assert.equal(reply.json().items[0].id, VERIFICATION_ID);
  assert.deepEqual(onlyCall('listVerifications'), [{ state: 'pending' }, { limit: 2, cursor: 'abc' }]);
  const last = await ask('GET', '/messages');
  assert.equal('next' in last.json(), false);
  assert.deepEqual(onlyCall('listMessages'), [{}, { limit: 20 }]);
});

test('bad paging is refused by name', async () => {
  const { ask } = await serveNative();
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
  const { ask, onlyCall } = await serveNative();
  const reply = await ask('POST', '/verifications/search', { to: '+1 415 555 0123', limit: '5' });
  assert.equal(reply.statusCode, 200);
  assert.deepEqual(onlyCall('listVerifications'), [{ to: '+1 415 555 0123' }, { limit: 5 }]);
});

test('a timeline is the events of a verification that exists', async () => {
  const { ask, calls } = await serveNative();
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
  const { ask, onlyCall } = await serveNative();
  assert.equal((await ask('GET', `/events?type=message.failed&messageId=${MESSAGE_ID}`)).statusCode, 200);
  assert.deepEqual(onlyCall('listEvents'), [
    { type: 'message.failed', messageId: MESSAGE_ID },
    { limit: 20 },
  ]);
  assert.equal((await ask('GET', `/events/${EVENT_ID}`)).json().id, EVENT_ID);
  assert.equal((await ask('GET', '/events?type=message.lost')).statusCode, 400);
});

test('a message is sent, read and listed', async () => {
  const { ask, onlyCall } = await serveNative();
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
  const { ask, onlyCall } = await serveNative();
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
  const { ask, onlyCall } = await serveNative();
  const reply = await ask('POST', '/recipients/unblock', { to: '+14155550123' });
  assert.deepEqual([reply.statusCode, reply.body], [204, '']);
  assert.deepEqual(onlyCall('liftBlock'), ['+14155550123']);
});

test('an Idempotency-Key goes to the engine with a hash of the call, whatever the order of its fields', async () => {
  const { ask, calls } = await serveNative();
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
  const { ask } = await serveNative({
    startVerification: async () => ({ verification: fakeVerification, message: fakeMessage, isReplay: true }),
  });
  const reply = await ask('POST', '/verifications', { to: '+14155550123' }, { 'idempotency-key': 'k' });
  assert.deepEqual([reply.statusCode, reply.headers['idempotency-replayed']], [201, 'true']);
});

test('an Idempotency-Key of the wrong form is refused', async () => {
  const { ask } = await serveNative();
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
    const { ask } = await serveNative({ authenticate: async () => fakePrincipal(others) });
    const reply = await ask(method, path);
    assert.deepEqual([reply.statusCode, reply.json().code], [403, 'scope_missing'], `${method} ${path}`);
  }
});
