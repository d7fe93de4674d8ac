/** Webhooks over the native API, with the whole engine and a receiver behind it. Threat: secrets and endpoints of others. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { installDialects } from '../../../test/support/dialect-installation.ts';
import { createWebhookReceiver } from '../../../test/support/webhook-receiver.ts';
import { createSafeFetch } from '../../lib/safe-fetch.ts';
import { systemClock } from '../../lib/time.ts';
import { createWebhookSender } from '../../webhooks/sender.ts';
import { native } from './index.ts';

const LOOPBACK = { allowHttp: true, allowRanges: ['127.0.0.0/8'] };
const ENDPOINTS = '/webhook-endpoints';

async function install(t: TestContext) {
  const receiver = await createWebhookReceiver();
  t.after(() => receiver[Symbol.asyncDispose]());
  const safeFetch = createSafeFetch(LOOPBACK);
  t.after(() => safeFetch[Symbol.asyncDispose]());
  const webhookSender = createWebhookSender({ safeFetch, clock: systemClock, formats: new Map() });
  const at = await installDialects([native], { webhookSender, webhookUrlRules: LOOPBACK });
  t.after(() => at[Symbol.asyncDispose]());
  const askerFor =
    (secret: string) => (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, payload?: object) =>
      at.ask({
        method,
        url: `/otp/v1${path}`,
        headers: { authorization: `Bearer ${secret}` },
        ...(payload && { payload }),
      });
  return { ...at, receiver, askerFor, ask: askerFor(at.tenant.secret) };
}

test('an endpoint is made, shown, changed and deleted; its secret is shown once', async (t) => {
  const { ask, receiver } = await install(t);
  const created = await ask('POST', ENDPOINTS, { url: receiver.url, eventTypes: ['verification.approved'] });
  assert.equal(created.statusCode, 201, created.body);
  assert.equal(created.headers['cache-control'], 'no-store');
  const { secret, ...endpoint } = created.json();
  assert.match(secret, /^whsec_/);
  assert.equal(created.headers.location, `/otp/v1${ENDPOINTS}/${endpoint.id}`);
  assert.deepEqual(Object.keys(endpoint), [
    'id',
    'url',
    'format',
    'status',
    'createdAt',
    'updatedAt',
    'eventTypes',
  ]);
  assert.deepEqual((await ask('GET', `${ENDPOINTS}/${endpoint.id}`)).json(), endpoint);
  assert.deepEqual((await ask('GET', ENDPOINTS)).json(), { items: [endpoint] });

  const patch = { eventTypes: null, description: 'billing', status: 'disabled' };
  const changed = (await ask('PATCH', `${ENDPOINTS}/${endpoint.id}`, patch)).json();
  assert.deepEqual([changed.eventTypes, changed.description], [undefined, 'billing']);
  assert.deepEqual([changed.status, changed.disabledReason], ['disabled', 'by-tenant']);
  const enabled = await ask('PATCH', `${ENDPOINTS}/${endpoint.id}`, { status: 'active', description: null });
  assert.deepEqual([enabled.json().status, enabled.json().description], ['active', undefined]);

  assert.equal((await ask('DELETE', `${ENDPOINTS}/${endpoint.id}`)).statusCode, 204);
  assert.equal((await ask('DELETE', `${ENDPOINTS}/${endpoint.id}`)).statusCode, 404);
});

test('a verification is heard of at an endpoint, and at the URL that its start names', async (t) => {
  const { ask, receiver } = await install(t);
  const { id, secret } = (await ask('POST', ENDPOINTS, { url: `${receiver.url}/all` })).json();
  const requests = (await ask('POST', `${ENDPOINTS}/requests/secret`)).json();
  const start = { to: '+14155550123', clientReference: 'order-7', webhook: `${receiver.url}/this` };
  const verification = (await ask('POST', '/verifications', start)).json();
  const at = (path: string) => receiver.posts.filter((post) => post.path === `/hooks/${path}`);
  const types = (path: string) => at(path).map(({ body }) => JSON.parse(body).type);
  assert.deepEqual(types('all'), ['verification.created', 'message.accepted']);
  assert.deepEqual(types('this'), types('all'));
  for (const [path, key] of [
    ['all', secret],
    ['this', requests.secret],
  ] as const) {
    const [first] = at(path);
    assert.ok(first);
    const payload = new Webhook(key).verify(first.body, first.headers as Record<string, string>);
    const { data } = payload as { data: Record<string, unknown> };
    assert.deepEqual(
      [data.verificationId, data.status, data.clientReference],
      [verification.id, 'pending', 'order-7'],
    );
  }
  const listed = (await ask('GET', `${ENDPOINTS}/${id}/deliveries?limit=1`)).json();
  assert.deepEqual(
    listed.items.map((each: Record<string, unknown>) => [
      each.eventType,
      each.status,
      each.attempts,
      each.lastStatus,
    ]),
    [['message.accepted', 'delivered', 1, 204]],
  );
  const next = (await ask('GET', `${ENDPOINTS}/${id}/deliveries?cursor=${listed.next}`)).json();
  assert.equal(next.items[0].eventType, 'verification.created');
  assert.equal((await ask('GET', `${ENDPOINTS}/requests/deliveries`)).json().items.length, 2);
});

test('what failed is listed and replayed, one or all since an instant', async (t) => {
  const { ask, receiver, harness } = await install(t);
  const url = `${receiver.url}/all`;
  const { id } = (await ask('POST', ENDPOINTS, { url, eventTypes: ['endpoint.tested'] })).json();
  const tested = await ask('POST', `${ENDPOINTS}/${id}/test`);
  assert.equal(tested.statusCode, 202);
  const replay = async (body: object) => (await ask('POST', `${ENDPOINTS}/${id}/replay`, body)).json();
  assert.deepEqual(await replay({ deliveryId: tested.json().id }), { replayed: 1, isComplete: true });
  await harness.dispatchWebhooks();
  assert.equal(receiver.posts.length, 2);
  assert.equal(receiver.posts[0]?.headers['webhook-id'], receiver.posts[1]?.headers['webhook-id']);

  receiver.answer = (reply) => void reply.writeHead(410).end();
  await ask('POST', `${ENDPOINTS}/${id}/test`);
  const shown = (await ask('GET', `${ENDPOINTS}/${id}`)).json();
  assert.deepEqual([shown.status, shown.disabledReason], ['disabled', 'gone']);
  const failed = (await ask('GET', `${ENDPOINTS}/${id}/deliveries?status=failed`)).json();
  assert.deepEqual(
    failed.items.map(({ failure }: { failure: string }) => failure),
    ['status-410'],
  );
  receiver.answer = (reply) => void reply.writeHead(200).end();
  await ask('PATCH', `${ENDPOINTS}/${id}`, { status: 'active' });
  const failedSince = '2026-01-01T00:00:00+04:00';
  assert.deepEqual(await replay({ failedSince }), { replayed: 1, isComplete: true });
});

test('bad input is refused by field, and nothing of it is an endpoint', async (t) => {
  const { ask } = await install(t);
  const refused = async (path: string, payload: object) => {
    const reply = await ask('POST', path, payload);
    assert.equal(reply.statusCode, 400, reply.body);
    assert.match(String(reply.headers['content-type']), /^application\/problem\+json/);
    return reply.json();
  };
  assert.equal((await refused(ENDPOINTS, { url: 'https://169.254.169.254/' })).field, 'url');
  assert.equal((await refused(ENDPOINTS, { url: 'https://a.example/', format: 'red' })).field, 'format');
  await refused(ENDPOINTS, {});
  await refused(ENDPOINTS, { url: 'https://a.example/', eventTypes: [] });
  await refused(ENDPOINTS, { url: 'https://a.example/', eventTypes: ['verification.made'] });
  await refused(ENDPOINTS, { url: 'https://a.example/', secret: 'mine' });
  assert.equal(
    (await refused('/verifications', { to: '+14155550123', webhook: 'nowhere' })).field,
    'webhook',
  );
  assert.equal(
    (await refused('/messages', { to: '+14155550123', body: 'x', webhook: 'ftp://a.example' })).field,
    'webhook',
  );
  const { id } = (await ask('POST', ENDPOINTS, { url: 'https://a.example/' })).json();
  for (const body of [
    {},
    { failedSince: 'yesterday' },
    { failedSince: '2026-02-30T00:00:00Z' },
    { deliveryId: 7 },
  ]) {
    await refused(`${ENDPOINTS}/${id}/replay`, body);
  }
  assert.equal((await ask('GET', ENDPOINTS)).json().items.length, 1);
});

test('another tenant’s endpoint is not there, and a key without manage sees none', async (t) => {
  const { ask, askerFor, createTenant, tenant } = await install(t);
  const { id } = (await ask('POST', ENDPOINTS, { url: 'https://a.example/' })).json();
  const stranger = askerFor((await createTenant()).secret);
  const limited = askerFor(await tenant.addKey(['verify', 'messages']));
  const calls = [
    ['GET', ''],
    ['PATCH', '', { status: 'disabled' }],
    ['DELETE', ''],
    ['POST', '/secret'],
    ['POST', '/test'],
    ['GET', '/deliveries'],
    ['POST', '/replay', { failedSince: '2026-01-01T00:00:00Z' }],
  ] as const;
  for (const [method, path, body] of calls) {
    const url = `${ENDPOINTS}/${id}${path}`;
    assert.equal((await stranger(method, url, body)).statusCode, 404, `${method} ${path}`);
    assert.equal((await limited(method, url, body)).statusCode, 403, `${method} ${path}`);
  }
  assert.deepEqual((await stranger('GET', ENDPOINTS)).json(), { items: [] });
});
