/** Ratio's wire on the whole engine: every row of its table that is not an edge of every dialect. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import * as jose from 'jose';
import { type DialectInstallation, installDialects } from '../../../test/support/dialect-installation.ts';
import { serveDialect } from '../../../test/support/dialect-server.ts';
import { wrongCode } from '../../../test/support/engine-harness.ts';
import { FAKE_SECRET, FAKE_TENANT_ID } from '../../../test/support/fake-engine.ts';
import { SESSION_CLAIM } from '../../engine/sessions.ts';
import { ratio } from './index.ts';

const TO = '+14165551234';
const EMAIL = 'ratio.user@example.com';

type Headers = Readonly<Record<string, string>>;

async function install(t: TestContext) {
  const at = await installDialects([ratio]);
  t.after(() => at[Symbol.asyncDispose]());
  return Object.assign(at, asker(at, at.tenant));
}

function asker(at: DialectInstallation, { id, secret }: { readonly id: string; readonly secret: string }) {
  const client = { 'ratio-client-id': id, 'ratio-client-secret': secret };
  const post = (path: string, payload: object, headers: Headers = {}) =>
    at.ask({
      method: 'POST',
      url: `/v1/auth/otp/${path}`,
      headers: { ...client, ...headers },
      payload,
    });
  const send = async (phoneNumber = TO, headers?: Headers) => {
    const reply = await post('sms:send', { phoneNumber }, headers);
    assert.equal(reply.statusCode, 200, reply.body);
    return String(reply.json().phoneId);
  };
  const authenticate = (phoneId: string, otp: unknown, headers?: Headers) =>
    post('sms:authenticate', { otp, phoneId }, headers);
  const outcome = async (phoneId: string, otp: unknown) => {
    const reply = await authenticate(phoneId, otp);
    return [reply.statusCode, reply.json().code];
  };
  /** A session by SMS. */
  const signIn = async (headers?: Headers) => {
    const reply = await authenticate(await send(TO, headers), at.lastCode(), headers);
    assert.equal(reply.statusCode, 200, reply.body);
    return String(reply.json().sessionJwt);
  };
  return { client, post, send, authenticate, outcome, signIn };
}

async function claimsOf(at: DialectInstallation, jwt: string) {
  const keys = jose.createLocalJWKSet((await at.harness.engine.publishedKeys()) as jose.JSONWebKeySet);
  const currentDate = new Date(at.harness.clock.now());
  const { payload, protectedHeader } = await jose.jwtVerify(jwt, keys, { currentDate });
  return { payload, protectedHeader, session: payload[SESSION_CLAIM] as Record<string, unknown> };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const OK = [200, undefined];
const NOT_RIGHT = [401, 'INVALID_OTP'];

test('a send is answered as documented, and the code goes out', async (t) => {
  const at = await install(t);
  const reply = await at.post('sms:send', { phoneNumber: TO });
  const { phoneId } = reply.json();
  assert.equal(reply.body, `{"phoneId":"${phoneId}","phoneMask":"1234"}`);
  assert.match(phoneId, /^phone-number-live-[0-9a-f]{8}-[0-9a-f-]{27}$/);
  const [message] = at.network.sent;
  assert.deepEqual([message?.channel, message?.to], ['sms', TO]);
  assert.match(at.lastCode(), /^\d{6}$/);
});

test('an e-mail is answered as documented, and its mask hides what follows three letters', async (t) => {
  const at = await install(t);
  const reply = await at.post('email:send', { emailAddress: EMAIL });
  const { emailId } = reply.json();
  assert.equal(reply.body, `{"emailId":"${emailId}","emailMask":"rat...@example.com"}`);
  assert.match(emailId, /^email-live-[0-9a-f-]{36}$/);
  assert.equal(at.network.sent[0]?.to, EMAIL);
  for (const [emailAddress, mask] of [
    ['abcd@example.com', 'abc...@example.com'],
    ['abc@example.com', 'ab...@example.com'],
    ['a@example.com', '...@example.com'],
  ]) {
    assert.equal((await at.post('email:send', { emailAddress })).json().emailMask, mask);
  }
});

test('an id names the number: the same for every send, another for another tenant and for the other mode', async (t) => {
  const at = await install(t);
  const id = await at.send();
  assert.equal(await at.send(), id);
  assert.notEqual(await at.send('+14165551235'), id);
  const other = asker(at, await at.createTenant());
  assert.notEqual(await other.send(), id);
  const testing = asker(at, { ...at.tenant, secret: at.tenant.testSecret });
  const testId = await testing.send();
  assert.match(testId, /^phone-number-test-/);
  assert.notEqual(testId, id.replace('live', 'test'));
});

test('a right code gives a session that anybody can verify, and is used up', async (t) => {
  const at = await install(t);
  const phoneId = await at.send();
  const code = at.lastCode();
  assert.deepEqual(await at.outcome(phoneId, wrongCode(code)), NOT_RIGHT);
  const reply = await at.authenticate(phoneId, code);
  assert.deepEqual(Object.keys(reply.json()), ['sessionJwt']);
  assert.deepEqual(await at.outcome(phoneId, code), NOT_RIGHT);

  const { payload, protectedHeader, session } = await claimsOf(at, reply.json().sessionJwt);
  const nowSeconds = at.harness.clock.now() / 1000;
  const now = new Date(at.harness.clock.now()).toISOString();
  assert.equal(protectedHeader.alg, 'RS256');
  assert.ok(protectedHeader.kid);
  assert.deepEqual([payload.aud, payload.iat, payload.exp], [at.tenant.id, nowSeconds, nowSeconds + 300]);
  assert.equal(payload.sub, phoneId.replace('phone-number', 'user'));
  assert.deepEqual(session.authentication_factors, [
    {
      type: 'otp',
      delivery_method: 'sms',
      last_authenticated_at: now,
      phone_number_factor: { phone_id: phoneId, phone_number: TO },
    },
  ]);
});

test('a second factor with the session as Bearer joins it; without one a new session begins', async (t) => {
  const at = await install(t);
  const first = await at.signIn();
  const { session } = await claimsOf(at, first);
  const { emailId } = (await at.post('email:send', { emailAddress: EMAIL }, bearer(first))).json();
  const body = { emailId, otp: at.lastCode() };
  const reply = await at.post('email:authenticate', body, bearer(first));
  const both = (await claimsOf(at, reply.json().sessionJwt)).session;
  assert.equal(both.id, session.id);
  const [sms, email] = both.authentication_factors as readonly Record<string, unknown>[];
  assert.equal(sms?.delivery_method, 'sms');
  assert.equal(email?.delivery_method, 'email');
  assert.deepEqual(email?.email_factor, { email_id: emailId, email_address: EMAIL });
  assert.notEqual((await claimsOf(at, await at.signIn())).session.id, session.id);
});

test('a Bearer may be an access token or a session, expired ones and all others are refused', async (t) => {
  const at = await install(t);
  const principal = await at.harness.engine.authenticate({ secret: at.tenant.secret });
  assert.ok(principal);
  const { token } = await at.harness.engine.issueAccessToken(principal);
  const session = await at.signIn(bearer(token));
  const refusal = async (authorization: string) => {
    const reply = await at.post('sms:send', { phoneNumber: TO }, { authorization });
    return [reply.statusCode, reply.json().code];
  };
  const other = asker(at, await at.createTenant());
  const foreign = await other.signIn();
  const testing = asker(at, { ...at.tenant, secret: at.tenant.testSecret });
  const simulated = await testing.signIn();
  const wrong = [
    'Bearer eyJ......',
    'Bearer',
    session,
    `Basic ${session}`,
    `Bearer ${session.slice(0, -8)}AAAAAAAA`,
  ];
  for (const authorization of [...wrong, `Bearer ${foreign}`, `Bearer ${simulated}`]) {
    assert.deepEqual(await refusal(authorization), [401, 'INVALID_AUTHORIZATION'], authorization);
  }
  await at.harness.clock.advance(600_000);
  assert.deepEqual(await refusal(`Bearer ${session}`), [401, 'EXPIRED_AUTHORIZATION']);
  await at.harness.clock.advance(7_200_000);
  assert.deepEqual(await refusal(`Bearer ${token}`), [401, 'EXPIRED_AUTHORIZATION']);
});

test('a new send replaces the code before it', async (t) => {
  const at = await install(t);
  const phoneId = await at.send();
  const older = at.lastCode();
  await at.send();
  const newer = at.lastCode();
  assert.notEqual(older, newer);
  assert.deepEqual(await at.outcome(phoneId, older), NOT_RIGHT);
  assert.deepEqual(await at.outcome(phoneId, newer), OK);
});

test('a code lives for five minutes, and not at their end', async (t) => {
  const at = await install(t);
  const phoneId = await at.send();
  const code = at.lastCode();
  await at.harness.clock.advance(299_999);
  assert.deepEqual(await at.outcome(phoneId, wrongCode(code)), NOT_RIGHT);
  await at.harness.clock.advance(1);
  assert.deepEqual(await at.outcome(phoneId, code), NOT_RIGHT);
});

test('after five wrong codes even the right one is too many, until a new code is sent', async (t) => {
  const at = await install(t);
  const phoneId = await at.send();
  const code = at.lastCode();
  for (let guess = 0; guess < 5; guess += 1)
    assert.deepEqual(await at.outcome(phoneId, wrongCode(code)), NOT_RIGHT);
  assert.deepEqual(await at.outcome(phoneId, code), [429, 'TOO_MANY_REQUESTS']);
  await at.send();
  assert.deepEqual(await at.outcome(phoneId, at.lastCode()), OK);
});

test('a spent failure budget refuses sends and checks with the time to wait', async (t) => {
  const at = await install(t);
  for (let sends = 0; sends < 2; sends += 1) {
    const phoneId = await at.send();
    for (let guess = 0; guess < 5; guess += 1) await at.outcome(phoneId, wrongCode(at.lastCode()));
  }
  const reply = await at.post('sms:send', { phoneNumber: TO });
  assert.deepEqual([reply.statusCode, reply.json().code], [429, 'TOO_MANY_REQUESTS']);
  assert.match(String(reply.headers['retry-after']), /^\d+$/);
});

test('an id of nobody, of another tenant, of the other mode or kind is one answer', async (t) => {
  const at = await install(t);
  const phoneId = await at.send();
  const code = at.lastCode();
  const { emailId } = (await at.post('email:send', { emailAddress: EMAIL })).json();
  const emailCode = at.lastCode();
  const other = asker(at, await at.createTenant());
  const testing = asker(at, { ...at.tenant, secret: at.tenant.testSecret });
  const unknown = [400, 'INVALID_PHONE_ID'];
  assert.deepEqual(await other.outcome(phoneId, code), unknown);
  assert.deepEqual(await testing.outcome(phoneId, code), unknown);
  assert.deepEqual(await testing.outcome(phoneId.replace('live', 'test'), code), unknown);
  const uuidOfEmail = String(emailId).replace('email-live-', '');
  for (const id of [
    'phone-number-live-01900000-0000-7000-8000-000000000000',
    'phone-number-test-01234abc-0000-0000-0000-0123456789',
    'phone-number-live-',
    'nonsense',
    emailId,
    `phone-number-live-${uuidOfEmail}`,
  ]) {
    assert.deepEqual(await at.outcome(id, emailCode), unknown, id);
  }
  const asEmail = await at.post('email:authenticate', { emailId: phoneId, otp: code });
  assert.deepEqual([asEmail.statusCode, asEmail.json().code], [400, 'INVALID_EMAIL_ID']);
  assert.deepEqual(await at.outcome(phoneId, code), OK);
});

const INVALID: readonly (readonly [string, object, string])[] = [
  ['sms:send', {}, 'MISSING_PHONE'],
  ['sms:send', { phoneNumber: null }, 'MISSING_PHONE'],
  ['sms:send', { phoneNumber: ' ' }, 'MISSING_PHONE'],
  ['sms:send', { phoneNumber: 14165551234 }, 'INVALID_PHONE'],
  ['sms:send', { phoneNumber: '4165551234' }, 'INVALID_PHONE'],
  ['sms:send', { phoneNumber: '+1 416 555 1234' }, 'INVALID_PHONE'],
  ['sms:send', { phoneNumber: '+1416555123' }, 'INVALID_PHONE'],
  ['sms:send', { phoneNumber: '+46701234567' }, 'INVALID_PHONE_COUNTRY_CODE'],
  ['sms:send', { phoneNumber: '+18005551234' }, 'INVALID_PHONE_TYPE'],
  ['sms:send', { phoneNumber: '+19005551234' }, 'INVALID_PHONE_TYPE'],
  ['sms:authenticate', { otp: '123456' }, 'MISSING_PHONE_ID'],
  ['sms:authenticate', { otp: '123456', phoneId: 7 }, 'INVALID_PHONE_ID'],
  ['sms:authenticate', { phoneId: 'x' }, 'MISSING_OTP'],
  ['sms:authenticate', { otp: '', phoneId: 'x' }, 'MISSING_OTP'],
  ['sms:authenticate', { otp: 123456, phoneId: 'x' }, 'INVALID_OTP'],
  ['sms:authenticate', { otp: '!!!', phoneId: 'x' }, 'INVALID_OTP'],
  ['sms:authenticate', { otp: '１２３４５６', phoneId: 'x' }, 'INVALID_OTP'],
  ['email:send', {}, 'MISSING_EMAIL'],
  ['email:send', { emailAddress: 'nobody' }, 'INVALID_EMAIL'],
  ['email:send', { emailAddress: ['a@example.com'] }, 'INVALID_EMAIL'],
  ['email:send', { emailAddress: `${'a'.repeat(320)}@example.com` }, 'INVALID_EMAIL'],
  ['email:authenticate', { otp: '123456' }, 'MISSING_EMAIL_ID'],
  ['email:authenticate', { emailId: 'x' }, 'MISSING_OTP'],
];

test('each fault of a body has its code', async (t) => {
  const at = await install(t);
  for (const [path, body, code] of INVALID) {
    const reply = await at.post(path, body);
    assert.deepEqual([reply.statusCode, reply.json().code], [400, code], JSON.stringify(body));
  }
  assert.equal(at.network.sent.length, 0);
});

test('a code of another length is no code, and is not counted', async (t) => {
  const at = await install(t);
  const phoneId = await at.send();
  for (let guess = 0; guess < 9; guess += 1) {
    assert.deepEqual(await at.outcome(phoneId, '12345'), [400, 'INVALID_OTP']);
  }
  assert.deepEqual(await at.outcome(phoneId, at.lastCode()), OK);
});

test('each fault of the credentials has its code, and whether a client exists is not told', async (t) => {
  const at = await install(t);
  const { id, secret } = at.tenant;
  const other = await at.createTenant();
  const codeFor = async (headers: Headers) => {
    const url = '/v1/auth/otp/sms:send';
    const reply = await at.ask({ method: 'POST', url, headers, payload: { phoneNumber: TO } });
    assert.equal(reply.statusCode, 401);
    return reply.json().code;
  };
  const client = (clientId: string, clientSecret: string) => ({
    'ratio-client-id': clientId,
    'ratio-client-secret': clientSecret,
  });
  assert.equal(await codeFor({}), 'MISSING_CLIENT_ID');
  assert.equal(await codeFor({ 'ratio-client-secret': secret }), 'MISSING_CLIENT_ID');
  assert.equal(await codeFor(client('', secret)), 'MISSING_CLIENT_ID');
  assert.equal(await codeFor(client('acme', secret)), 'INVALID_CLIENT_ID');
  assert.equal(await codeFor({ 'ratio-client-id': id }), 'MISSING_CLIENT_SECRET');
  assert.equal(await codeFor(client(id, 'x')), 'INVALID_CLIENT_SECRET');
  assert.equal(await codeFor(client(other.id, secret)), 'NOT_FOUND_CLIENT');
  assert.equal(await codeFor(client('01900000-0000-7000-8000-000000000000', secret)), 'NOT_FOUND_CLIENT');
});

test('an unknown path and a wrong method are no endpoint, and the time is that of the clock', async (t) => {
  const at = await install(t);
  const createTime = new Date(at.harness.clock.now()).toISOString();
  const unknown = await at.ask({
    method: 'POST',
    url: '/v1/auth/otp/fax:send',
    headers: at.client,
    payload: {},
  });
  assert.equal(unknown.statusCode, 404);
  assert.deepEqual(Object.keys(unknown.json()), ['message', 'createTime', 'code']);
  assert.equal(unknown.json().createTime, createTime);
  assert.equal(unknown.json().code, 'NOT_FOUND_ENDPOINT');
  const method = await at.ask({ method: 'GET', url: '/v1/auth/otp/sms:send', headers: at.client });
  assert.deepEqual([method.statusCode, method.json().code], [405, 'NOT_FOUND_ENDPOINT']);
  const broken = await at.ask({
    method: 'POST',
    url: '/v1/auth/otp/sms:send',
    headers: { ...at.client, 'content-type': 'application/json' },
    payload: '{"phoneNumber":',
  });
  assert.deepEqual([broken.statusCode, broken.json().code], [400, 'INVALID_BODY']);
});

test('its description asks for the id and the secret of a client together, and for a session beside them', async (t) => {
  const [only] = (await install(t)).documented;
  assert.ok(only);
  const { security } = only.document() as { readonly security: readonly object[] };
  assert.deepEqual(
    security.map((schemes) => Object.keys(schemes)),
    [
      ['ClientId', 'ClientSecret'],
      ['ClientId', 'ClientSecret', 'Session'],
    ],
  );
});

test('the colon may come percent-encoded, in either case', async (t) => {
  const at = await install(t);
  for (const path of ['sms%3Asend', 'sms%3asend']) {
    assert.equal((await at.post(path, { phoneNumber: TO })).statusCode, 200);
  }
});

test('the countries can be changed by the config', async () => {
  const settings = { callingCodes: ['44'] };
  const { app, onlyCall } = await serveDialect(ratio, {}, settings);
  const headers = { 'ratio-client-id': FAKE_TENANT_ID, 'ratio-client-secret': FAKE_SECRET };
  const url = '/v1/auth/otp/sms:send';
  await app.inject({ method: 'POST', url, headers, payload: { phoneNumber: '+447911123456' } });
  const [command] = onlyCall('startVerification') as readonly { readonly policy: object }[];
  assert.partialDeepStrictEqual(command?.policy, { callingCodes: ['44'], onPending: 'replace-code' });
});

test('the countries of single tenants can be narrowed and widened', async () => {
  const { app, onlyCall } = await serveDialect(
    ratio,
    {},
    { callingCodes: ['44'] },
    { callingCodes: { ratio: ['33', '995'] } },
  );
  const headers = { 'ratio-client-id': FAKE_TENANT_ID, 'ratio-client-secret': FAKE_SECRET };
  const url = '/v1/auth/otp/sms:send';
  await app.inject({ method: 'POST', url, headers, payload: { phoneNumber: '+995555123456' } });
  const [command] = onlyCall('startVerification') as readonly { readonly policy: object }[];
  assert.partialDeepStrictEqual(command?.policy, { callingCodes: ['33', '995'] });
});

test('an email channel without a carrier is refused in the vendor’s shape', async (t) => {
  const at = await installDialects([ratio], { channels: ['sms'] });
  t.after(() => at[Symbol.asyncDispose]());
  const reply = await asker(at, at.tenant).post('email:send', { emailAddress: EMAIL });
  assert.deepEqual([reply.statusCode, reply.json().code], [422, 'CHANNEL_UNAVAILABLE']);
});
