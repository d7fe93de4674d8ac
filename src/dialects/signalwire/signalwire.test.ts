/** SignalWire's wire on the whole engine: every row of its table that is not an edge of every dialect. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type DialectInstallation, installDialects } from '../../../test/support/dialect-installation.ts';
import { wrongCode } from '../../../test/support/engine-harness.ts';
import { signalwire } from './index.ts';

const TO = '+14043287382';
const FORM = 'application/x-www-form-urlencoded';

async function install(t: TestContext) {
  const at = await installDialects([signalwire]);
  t.after(() => at[Symbol.asyncDispose]());
  return Object.assign(at, asker(at, at.tenant));
}

function asker(at: DialectInstallation, { id, secret }: { readonly id: string; readonly secret: string }) {
  const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
  const post = (path: string, payload: string | object, type = 'application/json') =>
    at.ask({
      method: 'POST',
      url: `/api/relay/rest${path}`,
      headers: { authorization, 'content-type': type },
      payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
    });
  const start = async (body: object = {}, channel = 'sms') => {
    const reply = await post(`/mfa/${channel}`, { to: TO, ...body });
    assert.equal(reply.statusCode, 200, reply.body);
    return { id: String(reply.json().id), reply };
  };
  const verify = async (requestId: string, token: unknown) => {
    const reply = await post(`/mfa/${requestId}/verify`, { token });
    return [reply.statusCode, reply.body] as const;
  };
  return { post, start, verify };
}

const RIGHT = [200, '{"success":true}'];
const WRONG = [200, '{"success":false}'];
const GONE = [404, '{"error":"Not Found"}'];

test('a request by SMS is answered and worded as documented', async (t) => {
  const at = await install(t);
  const { id, reply } = await at.start();
  assert.equal(reply.body, `{"id":"${id}","success":true,"to":"${TO}","channel":"sms"}`);
  assert.equal(reply.headers['content-type'], 'application/json; charset=utf-8');
  assert.equal(reply.headers['otpost-verification-id'], id);
  const [message] = at.network.sent;
  assert.match(message?.body ?? '', /^Your Personal Authorization Code is: \d{6}$/);
  assert.equal(message?.channel, 'sms');
});

test('a number that no plan has assigned yet is sent to and given back, if its length is right', async (t) => {
  const at = await install(t);
  const to = '+15551234567';
  const { reply } = await at.start({ to });
  assert.equal(reply.json().to, to);
});

test('a request by call is spoken', async (t) => {
  const at = await install(t);
  const { id, reply } = await at.start({ message: 'Hello,' }, 'call');
  assert.equal(reply.body, `{"id":"${id}","success":true,"to":"${TO}","channel":"call"}`);
  const [message] = at.network.sent;
  assert.equal(message?.channel, 'voice');
  assert.match(message?.body ?? '', /^Hello, \d(?:, \d){5}$/);
});

test('what a request may say reaches the message', async (t) => {
  const at = await install(t);
  await at.start({ from: 'Acme', message: 'Code:', token_length: 20, allow_alphas: true });
  const [message] = at.network.sent;
  assert.equal(message?.sender, 'Acme');
  assert.match(message?.body ?? '', /^Code: [2-9A-Z]{20}$/);
});

test('numbers and booleans may be text, blanks are defaults, and a form is as good as JSON', async (t) => {
  const at = await install(t);
  const form = new URLSearchParams({
    to: TO,
    token_length: '4',
    allow_alphas: 'False',
    message: '',
    from: '',
  });
  const reply = await at.post('/mfa/sms', form.toString(), FORM);
  assert.equal(reply.statusCode, 200, reply.body);
  assert.match(at.network.sent[0]?.body ?? '', /^Your Personal Authorization Code is: \d{4}$/);
  const { id } = reply.json();
  const check = await at.post(`/mfa/${id}/verify`, `token=${at.lastCode()}`, FORM);
  assert.equal(check.body, '{"success":true}');

  await at.start({ token_length: '5', valid_for: '60', max_attempts: null, allow_alpha: true, from_: 7 });
  assert.match(at.lastCode(), /^\d{5}$/);
});

test('a right token is true once, then gone', async (t) => {
  const at = await install(t);
  const { id } = await at.start();
  const code = at.lastCode();
  assert.deepEqual(await at.verify(id, wrongCode(code)), WRONG);
  assert.deepEqual(await at.verify(id, code), RIGHT);
  assert.deepEqual(await at.verify(id, code), GONE);
});

test('every allowed wrong token is false, the last one included, and then the request is gone', async (t) => {
  const at = await install(t);
  const { id } = await at.start({ max_attempts: 2 });
  const code = at.lastCode();
  assert.deepEqual(await at.verify(id, wrongCode(code)), WRONG);
  assert.deepEqual(await at.verify(id, wrongCode(code)), WRONG);
  assert.deepEqual(await at.verify(id, code), GONE);
});

test('a token is gone at the instant at which it expires, and valid_for 0 makes one that never lives', async (t) => {
  const at = await install(t);
  const { id } = await at.start({ valid_for: 60 });
  const code = at.lastCode();
  await at.harness.clock.advance(59_999);
  assert.deepEqual(await at.verify(id, wrongCode(code)), WRONG);
  await at.harness.clock.advance(1);
  assert.deepEqual(await at.verify(id, code), GONE);

  const { id: stillborn } = await at.start({ valid_for: 0 });
  assert.deepEqual(await at.verify(stillborn, '123456'), GONE);
});

test('an unknown id, one that is no UUID and another tenant’s are gone alike', async (t) => {
  const at = await install(t);
  const { id } = await at.start();
  const code = at.lastCode();
  const other = asker(at, await at.createTenant());
  assert.deepEqual(await other.verify(id, code), GONE);
  for (const unknown of ['01900000-0000-7000-8000-000000000000', 'nonsense', '%zz', '..%2f', 'é']) {
    assert.deepEqual(await at.verify(encodeURI(unknown), code), GONE, unknown);
  }
  assert.deepEqual(await at.verify(id, code), RIGHT);
});

test('text that cannot be a token is false on a live request and is not counted; on another it is gone', async (t) => {
  const at = await install(t);
  const { id } = await at.start({ max_attempts: 1 });
  for (const token of ['!!!', '１２３４５６', '1'.repeat(10_000)]) {
    assert.deepEqual(await at.verify(id, token), WRONG);
  }
  assert.deepEqual(await at.verify('01900000-0000-7000-8000-000000000000', '!!!'), GONE);
  assert.deepEqual(await at.verify(id, at.lastCode()), RIGHT);
  assert.deepEqual(await at.verify(id, '!!!'), GONE);
});

test('a token that is missing, blank or no text is an invalid attribute', async (t) => {
  const at = await install(t);
  const { id } = await at.start();
  const detailOf = async (token: unknown) => {
    const reply = await at.post(`/mfa/${id}/verify`, { token });
    assert.equal(reply.statusCode, 422);
    return reply.json().errors.map((entry: { detail: string }) => entry.detail);
  };
  for (const blank of [undefined, null, '', '   ']) {
    assert.deepEqual(await detailOf(blank), ["Token can't be blank"]);
  }
  for (const value of [123_456, true, [], {}]) {
    assert.deepEqual(await detailOf(value), ['Token must be a string']);
  }
});

test('two requests for one number live side by side', async (t) => {
  const at = await install(t);
  const first = await at.start();
  const firstCode = at.lastCode();
  const second = await at.start();
  const secondCode = at.lastCode();
  assert.notEqual(first.id, second.id);
  assert.deepEqual(await at.verify(first.id, firstCode), RIGHT);
  assert.deepEqual(await at.verify(second.id, secondCode), RIGHT);
});

const INVALID: readonly (readonly [object, string, string])[] = [
  [{ to: undefined }, 'missing_required_parameter', "To can't be blank"],
  [{ to: null }, 'missing_required_parameter', "To can't be blank"],
  [{ to: ' ' }, 'missing_required_parameter', "To can't be blank"],
  [{ to: 14043287382 }, 'not_a_string', 'To must be a string'],
  [{ to: '14043287382' }, 'not_e164', 'The number must be in E.164 format.'],
  [{ to: '+1 404 328 7382' }, 'not_e164', 'The number must be in E.164 format.'],
  [{ to: '+0043287382' }, 'not_e164', 'The number must be in E.164 format.'],
  [{ to: '+1404328738' }, 'invalid_to_number', 'To is not a valid phone number'],
  [{ from: '+12x' }, 'invalid_from_number', 'From must be a phone number or an alphanumeric sender'],
  [{ from: 'TwelveLetter' }, 'invalid_from_number', 'From must be a phone number or an alphanumeric sender'],
  [{ from: 7 }, 'not_a_string', 'From must be a string'],
  [{ message: 7 }, 'not_a_string', 'Message must be a string'],
  [{ message: 'x'.repeat(154) }, 'message_length_exceeds_limit', 'Message is too long'],
  [{ message: '€'.repeat(77) }, 'message_length_exceeds_limit', 'Message is too long'],
  [{ message: 'ж'.repeat(64) }, 'message_length_exceeds_limit', 'Message is too long'],
  [
    { message: 'x'.repeat(501) },
    'message_length_exceeds_limit',
    'Message is too long (maximum is 500 characters)',
  ],
  [{ message: 'Go to\n@evil.example #1' }, 'invalid_parameter', 'Message contains text that is not allowed'],
  [{ token_length: 3 }, 'invalid_parameter', 'Token length must be greater than or equal to 4'],
  [{ token_length: '21' }, 'invalid_parameter', 'Token length must be less than or equal to 20'],
  [{ token_length: 4.5 }, 'invalid_parameter', 'Token length must be an integer'],
  [{ token_length: 'six' }, 'invalid_parameter', 'Token length must be an integer'],
  [{ valid_for: -1 }, 'invalid_parameter', 'Valid for must be greater than or equal to 0'],
  [{ valid_for: 604_801 }, 'invalid_parameter', 'Valid for must be less than or equal to 604800'],
  [{ max_attempts: 0 }, 'invalid_parameter', 'Max attempts must be greater than or equal to 1'],
  [{ max_attempts: 21 }, 'invalid_parameter', 'Max attempts must be less than or equal to 20'],
  [{ allow_alphas: 'maybe' }, 'not_a_boolean', 'Allow alphas must be a boolean'],
  [{ allow_alphas: 2 }, 'not_a_boolean', 'Allow alphas must be a boolean'],
];

test('each invalid attribute is named in the vendor’s words', async (t) => {
  const at = await install(t);
  for (const [body, code, detail] of INVALID) {
    const reply = await at.post('/mfa/sms', { to: TO, ...body });
    assert.equal(reply.statusCode, 422, JSON.stringify(body));
    const expected = { errors: [{ detail, status: '422', title: 'Invalid Attribute', code }] };
    assert.equal(reply.body, JSON.stringify(expected));
  }
  assert.equal(at.network.sent.length, 0);
});

test('every fault of a request has its entry', async (t) => {
  const at = await install(t);
  const reply = await at.post('/mfa/call', { token_length: 1, max_attempts: 'x', allow_alphas: 'x' });
  const codes = reply.json().errors.map((entry: { code: string }) => entry.code);
  assert.deepEqual(codes.sort(), [
    'invalid_parameter',
    'invalid_parameter',
    'missing_required_parameter',
    'not_a_boolean',
  ]);
});

test('an SMS may fill its one segment to the last character, and a call may be longer', async (t) => {
  const at = await install(t);
  await at.start({ message: 'x'.repeat(153) });
  assert.equal(at.network.sent.at(-1)?.body.length, 160);
  await at.start({ message: 'ж'.repeat(63) });
  assert.equal(at.network.sent.at(-1)?.segments, 1);
  await at.start({ message: 'x'.repeat(500) }, 'call');
  assert.equal(at.network.sent.length, 3);
});

test('a spent failure budget refuses starts and checks with the time to wait', async (t) => {
  const at = await install(t);
  const { id } = await at.start({ max_attempts: 20 });
  const code = at.lastCode();
  for (let check = 0; check < 19; check += 1) await at.verify(id, wrongCode(code));
  assert.deepEqual(await at.verify(id, code), [429, '{"error":"Too Many Requests"}']);
  const reply = await at.post('/mfa/sms', { to: TO });
  assert.equal(reply.statusCode, 429);
  assert.equal(reply.body, '{"error":"Too Many Requests"}');
  assert.match(String(reply.headers['retry-after']), /^\d+$/);
});

test('missing credentials are asked for, in one word', async (t) => {
  const at = await install(t);
  const reply = await at.ask({ method: 'POST', url: '/api/relay/rest/mfa/sms', payload: { to: TO } });
  assert.equal(reply.statusCode, 401);
  assert.equal(reply.body, '{"error":"Unauthorized"}');
  assert.match(String(reply.headers['www-authenticate']), /^Basic /);
});
