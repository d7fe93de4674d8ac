/** CIAM's wire on the whole engine: every row of its table that is not an edge of every dialect. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { TOTP, URI } from 'otpauth';
import {
  type DialectInstallation,
  installDialects,
  type TestTenant,
} from '../../../test/support/dialect-installation.ts';
import { wrongCode } from '../../../test/support/engine-harness.ts';
import { toDottedUtc } from '../../lib/time.ts';
import { toTraceId } from './errors.ts';
import { ciam } from './index.ts';

const BASE = '/ciam-mfa/v2';
const SMS = { userName: 'jdoe', phoneNumber: '+91-8212345212', deviceType: 'sms' };
const STEP_MS = 30_000;
const FORM = 'application/x-www-form-urlencoded';

async function install(t: TestContext) {
  const at = await installDialects([ciam]);
  t.after(() => at[Symbol.asyncDispose]());
  return Object.assign(at, await asker(at, at.tenant));
}

async function asker(at: DialectInstallation, tenant: TestTenant) {
  const principal = (await at.harness.engine.authenticate({ secret: tenant.secret })) ?? assert.fail();
  const { token } = await at.harness.engine.issueAccessToken(principal);
  const call = async (method: 'GET' | 'POST' | 'DELETE', path: string, payload?: object, bearer = token) => {
    const headers = { authorization: `Bearer ${bearer}` };
    return at.ask({ method, url: BASE + path, headers, ...(payload && { payload }) });
  };
  const start = async (body: object = {}) => {
    const reply = await call('POST', '/deviceAuthentications', { ...SMS, ...body });
    assert.equal(reply.statusCode, 201, reply.body);
    return String(reply.json().authId);
  };
  const validate = async (authId: string, otp: unknown) => {
    const reply = await call('POST', `/deviceAuthentications/${authId}`, { otp });
    return [reply.statusCode, reply.json().code ?? reply.json().status];
  };
  const enroll = async (user = 'jdoe', deviceName = 'Mydevice') => {
    const reply = await call('POST', `/users/${user}/mfadevices`, { deviceType: 'TOTP', deviceName });
    assert.equal(reply.statusCode, 201, reply.body);
    const { authId, registrationUri } = reply.json();
    const app = URI.parse(registrationUri);
    assert(app instanceof TOTP);
    const codeNow = () => app.generate({ timestamp: at.harness.clock.now() });
    return { authId: String(authId), codeNow, reply };
  };
  const activate = (authId: string, otp: string, user = 'jdoe') =>
    call('POST', `/users/${user}/mfadevices/${authId}`, { deviceType: 'totp', otp });
  /** An app whose next code is fresh. */
  const pair = async (user = 'jdoe', deviceName = 'Mydevice') => {
    const { authId, codeNow } = await enroll(user, deviceName);
    assert.equal((await activate(authId, codeNow(), user)).statusCode, 200);
    await at.harness.clock.advance(STEP_MS);
    return codeNow;
  };
  const startTotp = (body: object = {}) =>
    call('POST', '/deviceAuthentications', {
      userName: 'jdoe',
      deviceType: 'TOTP',
      deviceName: 'Mydevice',
      ...body,
    });
  return { token, call, start, validate, enroll, activate, pair, startTotp };
}

const OK = [200, 'SUCCESS'];

test('a token is given for JSON and for a form, and the other calls take it', async (t) => {
  const at = await install(t);
  const { id: client_id, secret: client_secret } = at.tenant;
  for (const [grant_type, type] of [
    ['client_credentials', 'application/json'],
    ['client_credential', 'application/json'],
    ['client_credentials', FORM],
  ] as const) {
    const body = { grant_type, client_id, client_secret };
    const payload = type === FORM ? new URLSearchParams(body).toString() : JSON.stringify(body);
    const headers = { 'content-type': type };
    const reply = await at.ask({ method: 'POST', url: `${BASE}/get/token`, headers, payload });
    assert.equal(reply.statusCode, 200, reply.body);
    const { access_token } = reply.json();
    assert.equal(reply.body, `{"access_token":"${access_token}","token_type":"Bearer","expires_in":7199}`);
    assert.equal(reply.headers['cache-control'], 'no-store');
    const started = await at.call('POST', '/deviceAuthentications', SMS, access_token);
    assert.equal(started.statusCode, 201);
  }
});

test('each fault of a token request has its code', async (t) => {
  const at = await install(t);
  const other = await at.createTenant();
  const { id: client_id, secret: client_secret } = at.tenant;
  const good = { grant_type: 'client_credentials', client_id, client_secret };
  const basic = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`;
  const faults: readonly (readonly [object, number, string, string?])[] = [
    [{ ...good, grant_type: undefined }, 400, '10028'],
    [{ ...good, grant_type: 'password' }, 400, '10028'],
    [{ ...good, grant_type: ['client_credentials'] }, 400, '10028'],
    [good, 400, '10029', basic],
    [{ grant_type: 'client_credentials' }, 400, '10029', basic],
    [{ ...good, client_id: '' }, 400, '10030'],
    [{ ...good, client_id: 7 }, 400, '10030'],
    [{ ...good, client_secret: undefined }, 400, '10031'],
    [{ ...good, client_secret: {} }, 400, '10031'],
    [{ ...good, client_secret: 'x' }, 401, '10002'],
    [{ ...good, client_id: 'x' }, 401, '10002'],
    [{ ...good, client_id: other.id }, 401, '10002'],
  ];
  for (const [payload, status, code, authorization] of faults) {
    const headers = authorization === undefined ? {} : { authorization };
    const reply = await at.ask({ method: 'POST', url: `${BASE}/get/token`, headers, payload });
    assert.deepEqual([reply.statusCode, reply.json().code], [status, code], JSON.stringify(payload));
  }
});

test('calls without a token, with a wrong one or with a secret are 10002, with an expired one 10001', async (t) => {
  const at = await install(t);
  const refusal = async (authorization?: string) => {
    const headers = authorization === undefined ? {} : { authorization };
    const reply = await at.ask({
      method: 'POST',
      url: `${BASE}/deviceAuthentications`,
      headers,
      payload: SMS,
    });
    return [reply.statusCode, reply.json().code];
  };
  const { secret } = at.tenant;
  for (const wrong of [
    undefined,
    'Bearer',
    'Bearer eyJ.eyJ.x',
    `Bearer ${secret}`,
    at.token,
    `Basic ${secret}`,
  ]) {
    assert.deepEqual(await refusal(wrong), [401, '10002'], String(wrong));
  }
  await at.harness.clock.advance(7_200_000);
  assert.deepEqual(await refusal(`Bearer ${at.token}`), [401, '10001']);
  assert.equal(at.network.sent.length, 0);
});

test('an error has its number, its time and a trace id that belongs to the request', async (t) => {
  const at = await install(t);
  const reply = await at.call('POST', '/deviceAuthentications', { ...SMS, phoneNumber: '12' });
  const traceId = toTraceId(String(reply.headers['x-request-id']));
  const timestamp = toDottedUtc(at.harness.clock.now());
  assert.equal(
    reply.body,
    `{"code":"100001","message":"Phone number is invalid","traceId":"${traceId}","timestamp":"${timestamp}"}`,
  );
  assert.equal(toTraceId('01900000-0000-7000-8000-0000000000aa'), '019000000000700080000000000000aa');
  assert.match(toTraceId('request-1'), /^[0-9a-f]{32}$/);
  assert.notEqual(toTraceId('request-1'), toTraceId('request-2'));
});

test('an OTP goes out by SMS, whatever the punctuation of the number and the case of the type', async (t) => {
  const at = await install(t);
  for (const [phoneNumber, deviceType] of [
    ['+91-8212345212', 'sms'],
    ['+91 (82123) 45212', 'SMS'],
    ['00918212345212', ' Sms '],
  ]) {
    const reply = await at.call('POST', '/deviceAuthentications', { ...SMS, phoneNumber, deviceType });
    const { authId } = reply.json();
    const message = 'OTP has been sent to the device ';
    assert.equal(reply.body, `{"authId":"${authId}","status":"SUCCESS","message":"${message}"}`);
    assert.equal(reply.headers['otpost-verification-id'], authId);
    assert.equal(at.network.sent.at(-1)?.to, '+918212345212');
    assert.match(at.lastCode(), /^\d{6}$/);
    assert.deepEqual(await at.validate(authId, at.lastCode()), OK);
  }
});

test('an OTP goes out by e-mail', async (t) => {
  const at = await install(t);
  const authId = await at.start({ deviceType: 'EMAIL', phoneNumber: undefined, email: 'jdoe@example.com' });
  const [message] = at.network.sent;
  assert.deepEqual([message?.channel, message?.to], ['email', 'jdoe@example.com']);
  assert.deepEqual(await at.validate(authId, at.lastCode()), OK);
});

test('a template of the tenant is chosen by its name, else its default, and one that is not there is 10011', async (t) => {
  const at = await install(t);
  const principal = (await at.harness.engine.authenticate({ secret: at.tenant.secret })) ?? assert.fail();
  const template = (name: string, text: string, isDefault: boolean) =>
    at.harness.engine.saveTemplate(principal, { name, bodies: { en: text }, defaultLocale: 'en', isDefault });
  await template('welcome', 'Welcome: {{code}}', false);
  await template('usual', 'As always: {{code}}', true);
  await at.start({ templateName: 'welcome' });
  assert.match(at.network.sent.at(-1)?.body ?? '', /^Welcome: \d{6}$/);
  await at.start();
  assert.match(at.network.sent.at(-1)?.body ?? '', /^As always: \d{6}$/);
  const reply = await at.call('POST', '/deviceAuthentications', { ...SMS, templateName: 'nobody' });
  assert.deepEqual([reply.statusCode, reply.json().code], [404, '10011']);
});

test('a wrong OTP is 10008, the last allowed one too; then there were too many', async (t) => {
  const at = await install(t);
  const authId = await at.start();
  const code = at.lastCode();
  for (let guess = 0; guess < 3; guess += 1) {
    assert.deepEqual(await at.validate(authId, wrongCode(code)), [400, '10008']);
  }
  assert.deepEqual(await at.validate(authId, code), [400, '10026']);
});

test('an OTP lives for thirty minutes, and once', async (t) => {
  const at = await install(t);
  const first = await at.start();
  const code = at.lastCode();
  await at.harness.clock.advance(1_799_999);
  assert.deepEqual(await at.validate(first, wrongCode(code)), [400, '10008']);
  assert.deepEqual(await at.validate(first, code), OK);
  assert.deepEqual(await at.validate(first, code), [400, '10007']);
  const second = await at.start();
  await at.harness.clock.advance(1_800_000);
  assert.deepEqual(await at.validate(second, at.lastCode()), [400, '10007']);
});

test('an authId of nobody, of another tenant and one that is none are 10007', async (t) => {
  const at = await install(t);
  const authId = await at.start();
  const code = at.lastCode();
  const other = await asker(at, await at.createTenant());
  assert.deepEqual(await other.validate(authId, code), [400, '10007']);
  for (const unknown of ['0063f27c-787b-4046-8b8e-a75e241b5ea6', 'nonsense', '%zz', '..%2f']) {
    assert.deepEqual(await at.validate(unknown, code), [400, '10007'], unknown);
  }
  assert.deepEqual(await at.validate(authId, code), OK);
});

test('what is not six digits is 10009 and not counted', async (t) => {
  const at = await install(t);
  const authId = await at.start();
  for (const otp of [
    undefined,
    null,
    '',
    '12345',
    '1234567',
    'abcdef',
    '１２３４５６',
    123_456,
    ['123456'],
  ]) {
    assert.deepEqual(await at.validate(authId, otp), [400, '10009'], String(otp));
  }
  assert.deepEqual(await at.validate(authId, at.lastCode()), OK);
});

test('a spent failure budget locks out, with the time to wait', async (t) => {
  const at = await install(t);
  for (let starts = 0; starts < 4; starts += 1) {
    const authId = await at.start();
    const code = at.lastCode();
    const guesses = starts < 3 ? 3 : 1;
    for (let guess = 0; guess < guesses; guess += 1) await at.validate(authId, wrongCode(code));
    if (starts === 3) assert.deepEqual(await at.validate(authId, code), [403, '10027']);
  }
  const reply = await at.call('POST', '/deviceAuthentications', SMS);
  assert.deepEqual([reply.statusCode, reply.json().code], [403, '10027']);
  assert.match(String(reply.headers['retry-after']), /^\d+$/);
});

const INVALID: readonly (readonly [object, number, string])[] = [
  [{ userName: undefined }, 400, '10005'],
  [{ userName: ' ' }, 400, '10005'],
  [{ userName: 'x'.repeat(256) }, 400, '10005'],
  [{ deviceType: undefined }, 400, '10005'],
  [{ deviceType: 'pigeon' }, 400, '10005'],
  [{ deviceType: 'FIDO2' }, 404, '10006'],
  [{ deviceType: 'yubikey' }, 404, '10006'],
  [{ phoneNumber: undefined }, 400, '10005'],
  [{ phoneNumber: 918212345212 }, 400, '100001'],
  [{ phoneNumber: '+91-82123' }, 400, '100001'],
  [{ phoneNumber: 'nobody' }, 400, '100001'],
  [{ deviceType: 'email' }, 400, '10005'],
  [{ deviceType: 'email', email: 'nobody' }, 400, '10005'],
  [{ deviceType: 'totp' }, 400, '10005'],
  [{ deviceType: 'totp', deviceName: 'x' }, 404, '10003'],
  [{ templateName: 7 }, 400, '10005'],
];

test('each fault of a request for an OTP has its code', async (t) => {
  const at = await install(t);
  for (const [body, status, code] of INVALID) {
    const reply = await at.call('POST', '/deviceAuthentications', { ...SMS, ...body });
    assert.deepEqual([reply.statusCode, reply.json().code], [status, code], JSON.stringify(body));
  }
  assert.equal(at.network.sent.length, 0);
});

test('a TOTP device is registered, activated by its first OTP, and listed', async (t) => {
  const at = await install(t);
  const { authId, codeNow, reply } = await at.enroll();
  const { secret, registrationUri, ...rest } = reply.json();
  assert.deepEqual(rest, {
    authId,
    deviceType: 'TOTP',
    status: 'ACTIVATION_REQUIRED',
    message: 'Device registration has been initiated, please activate the device to use',
    deviceName: 'Mydevice',
  });
  assert.match(registrationUri, /^otpauth:\/\/totp\//);
  assert.ok(registrationUri.includes(secret));
  const createdAt = new Date(at.harness.clock.now()).toISOString();
  const listed = { deviceType: 'TOTP', status: 'ACTIVATION_REQUIRED', deviceName: 'Mydevice', createdAt };
  assert.equal((await at.call('GET', '/users/jdoe/mfadevices')).body, JSON.stringify([listed]));

  const wrong = await at.activate(authId, wrongCode(codeNow()));
  assert.deepEqual([wrong.statusCode, wrong.json().code], [400, '10008']);
  const activated = await at.activate(authId, codeNow());
  assert.equal(activated.statusCode, 200);
  assert.equal(activated.body, '{"status":"ACTIVE","message":"Mydevice"}');
  const again = await at.activate(authId, codeNow());
  assert.deepEqual([again.statusCode, again.json().code], [400, '10007']);
  for (const type of ['', '?type=TOTP', '?type=totp', '?type=']) {
    const reply = await at.call('GET', `/users/jdoe/mfadevices${type}`);
    assert.deepEqual(reply.json(), [{ ...listed, status: 'ACTIVE' }], type);
  }
  assert.equal((await at.call('GET', '/users/jdoe/mfadevices?type=SMS')).body, '[]');
  assert.equal((await at.call('GET', '/users/nobody/mfadevices')).body, '[]');
  assert.equal((await at.call('GET', '/users/jdoe/mfadevices?type=FIDO2')).statusCode, 404);
});

test('an OTP of an active device is validated by the authId of its authentication, and once', async (t) => {
  const at = await install(t);
  const codeNow = await at.pair();
  const reply = await at.startTotp();
  const { authId } = reply.json();
  assert.equal(reply.statusCode, 201);
  const message = 'Please get the OTP from registered device to authenticate';
  assert.equal(reply.body, `{"authId":"${authId}","status":"SUCCESS","message":"${message}"}`);
  assert.deepEqual(await at.validate(authId, wrongCode(codeNow())), [400, '10008']);
  assert.deepEqual(await at.validate(authId, codeNow()), OK);
  assert.deepEqual(await at.validate(authId, codeNow()), [400, '10007']);
  const replayed = (await at.startTotp()).json().authId;
  assert.deepEqual(await at.validate(replayed, codeNow()), [400, '10008']);
  const other = await asker(at, await at.createTenant());
  assert.deepEqual(await other.validate(replayed, codeNow()), [400, '10007']);
});

test('who has no device, none that is active, or none of this name is told so', async (t) => {
  const at = await install(t);
  const refusal = async (body?: object) => {
    const reply = await at.startTotp(body);
    return [reply.statusCode, reply.json().code];
  };
  assert.deepEqual(await refusal(), [404, '10003']);
  await at.enroll();
  assert.deepEqual(await refusal(), [404, '10006']);
  await at.pair('ann');
  assert.deepEqual(await refusal({ userName: 'ann', deviceName: 'another' }), [404, '10050']);
});

test('a device name is taken once it is active, and some names and types cannot be registered', async (t) => {
  const at = await install(t);
  await at.pair();
  const refusal = async (body: object) => {
    const reply = await at.call('POST', '/users/jdoe/mfadevices', { deviceType: 'TOTP', ...body });
    return [reply.statusCode, reply.json().code];
  };
  assert.deepEqual(await refusal({ deviceName: 'Mydevice' }), [400, '10010']);
  assert.deepEqual(await refusal({}), [400, '10005']);
  assert.deepEqual(await refusal({ deviceName: 'All' }), [400, '10005']);
  assert.deepEqual(await refusal({ deviceName: 'a\nb' }), [400, '10005']);
  assert.deepEqual(await refusal({ deviceName: 'x'.repeat(65) }), [400, '10005']);
  assert.deepEqual(await refusal({ deviceType: 'SMS', deviceName: 'x' }), [404, '10006']);
  assert.deepEqual(await refusal({ deviceType: 'FIDO2', rp: { id: 'localhost' } }), [404, '10006']);
  assert.deepEqual(await refusal({ deviceType: 7, deviceName: 'x' }), [400, '10005']);
});

test('a device that is not there, or a stranger’s, is not activated', async (t) => {
  const at = await install(t);
  const { authId, codeNow } = await at.enroll();
  const refusal = async (id: string, otp: string, user?: string, by = at) => {
    const reply = await by.activate(id, otp, user);
    return [reply.statusCode, reply.json().code];
  };
  assert.deepEqual(await refusal('nonsense', codeNow()), [400, '10007']);
  assert.deepEqual(await refusal(authId, codeNow(), 'nobody'), [404, '10003']);
  assert.deepEqual(await refusal(authId, '12345'), [400, '10009']);
  const other = await asker(at, await at.createTenant());
  assert.equal((await other.activate(authId, codeNow())).statusCode, 404);
  assert.equal((await at.activate(authId, codeNow())).statusCode, 200);
});

test('devices are unpaired one by one and all at once', async (t) => {
  const at = await install(t);
  await at.enroll('j.doe@example.com', 'my phone');
  await at.enroll('j.doe@example.com', 'tablet');
  const user = '/users/j.doe%40example.com/mfadevices';
  const unpair = async (path: string) => {
    const reply = await at.call('DELETE', user + path);
    return [reply.statusCode, reply.body === '' ? '' : reply.json().code];
  };
  assert.deepEqual(await unpair('/TOTP/my%20watch'), [404, '10050']);
  assert.deepEqual(await unpair('/SMS/tablet'), [404, '10006']);
  assert.deepEqual(await unpair('/fido2/all'), [404, '10006']);
  assert.deepEqual(await unpair('/pigeon/all'), [400, '10005']);
  assert.deepEqual(await unpair('/totp/my%20phone'), [204, '']);
  assert.equal((await at.call('GET', user)).json().length, 1);
  assert.deepEqual(await unpair('/TOTP/all'), [204, '']);
  assert.equal((await at.call('GET', user)).body, '[]');
  assert.deepEqual(await unpair('/TOTP/all'), [404, '10006']);
  assert.deepEqual(await unpair('/TOTP/tablet'), [404, '10003']);
});

test('wrong OTPs of an app lock its user out, over all of its authentications', async (t) => {
  const at = await install(t);
  const codeNow = await at.pair();
  for (let guess = 0; guess < 10; guess += 1) {
    const { authId } = (await at.startTotp()).json();
    assert.deepEqual(await at.validate(authId, wrongCode(codeNow())), [400, '10008']);
  }
  const { authId } = (await at.startTotp()).json();
  assert.deepEqual(await at.validate(authId, codeNow()), [403, '10027']);
});

test('what the vendor has beside this is not there', async (t) => {
  const at = await install(t);
  for (const path of ['/risk/evaluations', '/users/jdoe/FIDO2/isRegistered', '/deviceAuthentications/x/y']) {
    const reply = await at.call('POST', path, {});
    assert.deepEqual([reply.statusCode, reply.json().code], [404, '404'], path);
  }
});
