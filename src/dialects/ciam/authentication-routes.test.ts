/** OTPs by SMS and e-mail on CIAM's wire: sent, validated, expired, locked, and each fault of a request. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asker, installCiam, OK, SMS } from '../../../test/support/ciam-installation.ts';
import { wrongCode } from '../../../test/support/engine-harness.ts';

test('an OTP goes out by SMS, whatever the punctuation of the number and the case of the type', async (t) => {
  const at = await installCiam(t);
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
  const at = await installCiam(t);
  const authId = await at.start({ deviceType: 'EMAIL', phoneNumber: undefined, email: 'jdoe@example.com' });
  const [message] = at.network.sent;
  assert.deepEqual([message?.channel, message?.to], ['email', 'jdoe@example.com']);
  assert.deepEqual(await at.validate(authId, at.lastCode()), OK);
});

test('a template of the tenant is chosen by its name, else its default, and one that is not there is 10011', async (t) => {
  const at = await installCiam(t);
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
  const at = await installCiam(t);
  const authId = await at.start();
  const code = at.lastCode();
  for (let guess = 0; guess < 3; guess += 1) {
    assert.deepEqual(await at.validate(authId, wrongCode(code)), [400, '10008']);
  }
  assert.deepEqual(await at.validate(authId, code), [400, '10026']);
});

test('an OTP lives for thirty minutes, and once', async (t) => {
  const at = await installCiam(t);
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
  const at = await installCiam(t);
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
  const at = await installCiam(t);
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
  const at = await installCiam(t);
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
  const at = await installCiam(t);
  for (const [body, status, code] of INVALID) {
    const reply = await at.call('POST', '/deviceAuthentications', { ...SMS, ...body });
    assert.deepEqual([reply.statusCode, reply.json().code], [status, code], JSON.stringify(body));
  }
  assert.equal(at.network.sent.length, 0);
});
