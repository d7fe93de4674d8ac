/** ZignSec's wire on the whole engine: every row of its table that is not an edge of every dialect. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type DialectInstallation, installDialects } from '../../../test/support/dialect-installation.ts';
import { startCommand } from '../../../test/support/engine-harness.ts';
import { zignsec } from './index.ts';

const METADATA = { from: '+123456789', max_message_parts: 1, message: 'ZignSec Testing', to: '+46701234567' };

async function install(t: TestContext) {
  const at = await installDialects([zignsec]);
  t.after(() => at[Symbol.asyncDispose]());
  return Object.assign(at, asker(at, at.tenant.secret));
}

function asker(at: DialectInstallation, secret: string) {
  const base = '/core/api/sessions';
  const headers = { authorization: secret };
  const create = (metadata: object = {}, rest: object = {}) =>
    at.ask({
      method: 'POST',
      url: `${base}/two_factor_auth/sms`,
      headers,
      payload: { metadata: { ...METADATA, ...metadata }, ...rest },
    });
  const get = (id: string) => at.ask({ method: 'GET', url: `${base}/${id}`, headers });
  const created = async (metadata?: object, rest?: object) => {
    const reply = await create(metadata, rest);
    assert.equal(reply.statusCode, 200, reply.body);
    return String(reply.json().data.id);
  };
  const status = async (id: string) => (await get(id)).json().data.status;
  return { create, created, get, status };
}

test('a session is created pending, and the text goes out as it is', async (t) => {
  const at = await install(t);
  const reply = await at.create({ message: 'Your code: 4711' });
  const { id } = reply.json().data;
  assert.equal(reply.body, `{"data":{"id":"${id}","status":"pending"}}`);
  assert.equal(reply.headers['otpost-message-id'], id);
  const [message] = at.network.sent;
  assert.equal(message?.body, 'Your code: 4711');
  assert.equal(message?.sender, '+123456789');
  assert.equal(message?.to, '+46701234567');
});

test('a session shows what was asked for, byte for byte', async (t) => {
  const at = await install(t);
  const rest = { relay_state: 'my-internal-user-id', webhook: 'https://webhook.site/' };
  const id = await at.created({}, rest);
  assert.equal(
    (await at.get(id)).body,
    '{"data":{"request_data":{"metadata":{"from":"+123456789","max_message_parts":1,"message":"ZignSec Testing",' +
      '"to":"+46701234567"},"relay_state":"my-internal-user-id","webhook":"https://webhook.site/"},' +
      `"id":"${id}","number_of_message_parts":1,"status":"dispatched"}}`,
  );
});

test('a session without relay state and webhook shows null for them', async (t) => {
  const at = await install(t);
  for (const rest of [{}, { relay_state: null, webhook: '' }]) {
    const { data } = (await at.get(await at.created({}, rest))).json();
    assert.equal(data.request_data.relay_state, null);
    assert.equal(data.request_data.webhook, null);
  }
});

test('the status follows the message: pending, dispatched, delivered or failed', async (t) => {
  const at = await install(t);
  at.network.answer = () => ({ kind: 'refused', reason: 'queue-full', permanent: false });
  const waiting = await at.created();
  assert.equal(await at.status(waiting), 'pending');

  at.network.answer = ({ id }) => ({ kind: 'accepted', carrierMessageIds: [id] });
  const sent = await at.created();
  assert.equal(await at.status(sent), 'dispatched');
  await at.harness.receive({ carrierMessageId: sent, state: 'delivered' }, 'network');
  assert.equal(await at.status(sent), 'delivered');
  const undelivered = await at.created();
  await at.harness.receive({ carrierMessageId: undelivered, state: 'failed' }, 'network');
  assert.equal(await at.status(undelivered), 'failed');

  at.network.answer = () => ({ kind: 'refused', reason: 'invalid-destination', permanent: true });
  const refused = await at.created();
  assert.equal(await at.status(refused), 'failed');
});

test('parts are counted; more than the maximum make the session fail and nothing is sent', async (t) => {
  const at = await install(t);
  const two = await at.created({ message: 'x'.repeat(161), max_message_parts: 2 });
  assert.equal((await at.get(two)).json().data.number_of_message_parts, 2);
  assert.equal(await at.status(two), 'dispatched');
  for (const message of ['x'.repeat(161), 'ж'.repeat(71), 'x'.repeat(20_000)]) {
    const reply = await at.create({ message });
    assert.equal(reply.statusCode, 200, reply.body);
    assert.equal(reply.json().data.status, 'failed');
    const { data } = (await at.get(reply.json().data.id)).json();
    assert.equal(data.status, 'failed');
    assert.ok(data.number_of_message_parts > 1);
    assert.equal(data.request_data.metadata.message, message);
  }
  assert.equal(at.network.sent.length, 1);
});

test('the sender may be up to eleven letters and digits, and the recipient spelled with spaces', async (t) => {
  const at = await install(t);
  const id = await at.created({ from: 'ZignSec Ltd', to: '+46 70 123 45 67' });
  const { metadata } = (await at.get(id)).json().data.request_data;
  assert.equal(metadata.from, 'ZignSec Ltd');
  assert.equal(metadata.to, '+46701234567');
});

test('the key may come as Zs-Product-Key, and no other form of it is read', async (t) => {
  const at = await install(t);
  const url = '/core/api/sessions/two_factor_auth/sms';
  const ask = async (headers: Record<string, string>) =>
    (await at.ask({ method: 'POST', url, headers, payload: { metadata: METADATA } })).statusCode;
  const { secret } = at.tenant;
  assert.equal(await ask({ 'zs-product-key': secret }), 200);
  assert.equal(await ask({ authorization: `Bearer ${secret}` }), 401);
  assert.equal(await ask({ 'x-api-key': secret }), 401);
});

test('unknown, malformed and other tenants’ ids, and messages that carry a code, are no sessions', async (t) => {
  const at = await install(t);
  const id = await at.created();
  const other = asker(at, (await at.createTenant()).secret);
  const missing = await at.get('01900000-0000-7000-8000-000000000000');
  assert.equal(missing.statusCode, 404);
  assert.equal(
    missing.body,
    '{"errors":[{"code":"SESSION_NOT_FOUND","description":"There is no such resource."}]}',
  );
  const principal = await at.harness.engine.authenticate({ secret: at.tenant.secret });
  assert.ok(principal);
  const { message } = await at.harness.engine.startVerification(principal, startCommand());
  const others = [
    await other.get(id),
    await at.get('nonsense'),
    await at.get('%zz'),
    await at.get(message.id),
  ];
  for (const reply of others) {
    assert.equal(reply.statusCode, 404);
    assert.equal(reply.body, missing.body);
  }
});

const INVALID: readonly (readonly [object, object, string, string])[] = [
  [{ to: undefined }, {}, 'INVALID_PHONE', 'metadata.to is required.'],
  [{ to: 'nobody' }, {}, 'INVALID_PHONE', 'This is not a phone number.'],
  [{ to: 46701234567 }, {}, 'INVALID_PHONE', 'metadata.to must be string.'],
  [{ from: undefined }, {}, 'INVALID_REQUEST', 'metadata.from is required.'],
  [
    { from: 'TwelveLetter' },
    {},
    'INVALID_REQUEST',
    'metadata.from has characters or a form that is not allowed.',
  ],
  [{ message: undefined }, {}, 'INVALID_REQUEST', 'metadata.message is required.'],
  [{ message: '' }, {}, 'INVALID_REQUEST', 'metadata.message must NOT have fewer than 1 characters.'],
  [{ max_message_parts: undefined }, {}, 'INVALID_REQUEST', 'metadata.max_message_parts is required.'],
  [{ max_message_parts: 0 }, {}, 'INVALID_REQUEST', 'metadata.max_message_parts must be >= 1.'],
  [{ max_message_parts: '1' }, {}, 'INVALID_REQUEST', 'metadata.max_message_parts must be integer.'],
  [{}, { relay_state: 7 }, 'INVALID_REQUEST', 'relay_state must be string.'],
  [{}, { webhook: 7 }, 'INVALID_WEBHOOK', 'webhook must be string.'],
  [
    {},
    { webhook: 'ftp://a.example' },
    'INVALID_WEBHOOK',
    'webhook has characters or a form that is not allowed.',
  ],
  [
    {},
    { webhook: 'http://hooks.example/' },
    'INVALID_WEBHOOK',
    'A webhook URL is an https URL without a user name.',
  ],
  [{}, { webhook: 'https://127.0.0.1/' }, 'INVALID_WEBHOOK', 'This address cannot be called from here.'],
];

test('each fault has its code and says what is wrong', async (t) => {
  const at = await install(t);
  for (const [metadata, rest, code, description] of INVALID) {
    const reply = await at.create(metadata, rest);
    assert.equal(reply.statusCode, 400, JSON.stringify([metadata, rest]));
    assert.equal(reply.body, JSON.stringify({ errors: [{ code, description }] }));
  }
  const reply = await at.create({ message: 'x'.repeat(1_600), max_message_parts: 20 });
  assert.equal(reply.statusCode, 400);
  assert.equal(reply.json().errors[0].code, 'INVALID_REQUEST');
  assert.equal(at.network.sent.length, 0);
});
