/** ZignSec's webhook, from the session that named its URL to the bytes that are posted. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { installDialects } from '../../../test/support/dialect-installation.ts';
import { createWebhookReceiver } from '../../../test/support/webhook-receiver.ts';
import { createSafeFetch } from '../../lib/safe-fetch.ts';
import { systemClock } from '../../lib/time.ts';
import { createWebhookSender } from '../../webhooks/sender.ts';
import { callbacks } from './callbacks.ts';
import { zignsec } from './index.ts';

const LOOPBACK = { allowHttp: true, allowRanges: ['127.0.0.0/8'] };
const METADATA = { from: 'Acme', max_message_parts: 1, message: 'Your code: 4711', to: '+46701234567' };

async function install(t: TestContext) {
  const receiver = await createWebhookReceiver();
  t.after(() => receiver[Symbol.asyncDispose]());
  const safeFetch = createSafeFetch(LOOPBACK);
  t.after(() => safeFetch[Symbol.asyncDispose]());
  const formats = new Map([[callbacks.name, callbacks]]);
  const webhookSender = createWebhookSender({ safeFetch, clock: systemClock, formats });
  const at = await installDialects([zignsec], { webhookSender, webhookUrlRules: LOOPBACK });
  t.after(() => at[Symbol.asyncDispose]());
  const create = (rest: object = {}, metadata: object = {}) =>
    at.ask({
      method: 'POST',
      url: '/core/api/sessions/two_factor_auth/sms',
      headers: { authorization: at.tenant.secret },
      payload: { metadata: { ...METADATA, ...metadata }, webhook: receiver.url, ...rest },
    });
  const received = async (state: 'delivered' | 'failed', carrierMessageId: string) => {
    await at.harness.receive({ carrierMessageId, state }, 'network');
    await at.harness.webhookDispatcher.settled();
  };
  return { ...at, receiver, create, received };
}

test('every change of status is posted, flat and in the vendor’s order of fields', async (t) => {
  const { receiver, create, received } = await install(t);
  const { id } = (await create({ relay_state: 'my-internal-user-id' })).json().data;
  await received('delivered', `network-${id}`);
  const expected = (status: string) =>
    `{"event":"session_finished","id":"${id}","integration_id":"Zignsec.v5.SMS","number_of_message_parts":1,` +
    `"relay_state":"my-internal-user-id","status":"${status}","workflow_session_id":null}`;
  assert.deepEqual(
    receiver.posts.map(({ body }) => body),
    [expected('dispatched'), expected('delivered')],
  );
});

test('the vendor’s signature and the one of Standard Webhooks are over the same bytes, with the tenant’s secret', async (t) => {
  const { receiver, create, harness, tenant } = await install(t);
  const principal = await harness.engine.authenticate({ secret: tenant.secret });
  assert.ok(principal);
  const { secret } = await harness.engine.rotateWebhookSecret(principal, 'requests');
  await create();
  const [got] = receiver.posts;
  assert.ok(got);
  const [, seconds, mac] =
    /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(got.headers['x-zignsec-hmac-sha256'])) ?? [];
  assert.equal(mac, createHmac('sha256', secret).update(`${seconds}.${got.body}`).digest('hex'));
  const verified = new Webhook(secret).verify(got.body, got.headers as Record<string, string>);
  assert.deepEqual(verified, JSON.parse(got.body));
});

test('a session that fails says so once, whether it was too long, refused or undelivered', async (t) => {
  const { receiver, create, received, network } = await install(t);
  const statuses = () => receiver.posts.splice(0).map(({ body }) => JSON.parse(body).status);
  await create({}, { message: 'x'.repeat(161) });
  assert.deepEqual(statuses(), ['failed']);
  const { id } = (await create()).json().data;
  await received('failed', `network-${id}`);
  assert.deepEqual(statuses(), ['dispatched', 'failed']);
  network.answer = () => ({ kind: 'refused', reason: 'invalid-destination', permanent: true });
  await create();
  assert.deepEqual(statuses(), ['failed']);
});

test('a session without a webhook posts nothing, and neither text nor number is in any post', async (t) => {
  const { receiver, create } = await install(t);
  await create({ webhook: null });
  assert.equal(receiver.posts.length, 0);
  await create();
  assert.ok(receiver.posts.length > 0);
  const everything = JSON.stringify(receiver.posts.map(({ headers, body }) => [headers, body]));
  assert.ok(!everything.includes('4711') && !everything.includes('46701234567'));
});

test('a webhook that may not be called is refused as such, and nothing is sent', async (t) => {
  const { create, network } = await install(t);
  for (const webhook of ['https://169.254.169.254/latest', 'http://10.0.0.1/']) {
    const reply = await create({ webhook });
    assert.equal(reply.statusCode, 400);
    assert.equal(reply.json().errors[0].code, 'INVALID_WEBHOOK');
  }
  assert.equal(network.sent.length, 0);
});
