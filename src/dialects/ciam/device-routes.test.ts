/** TOTP devices on CIAM's wire: registered, activated, listed, authenticated with, unpaired. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asker, installCiam, OK } from '../../../test/support/ciam-installation.ts';
import { wrongCode } from '../../../test/support/engine-harness.ts';

test('a TOTP device is registered, activated by its first OTP, and listed', async (t) => {
  const at = await installCiam(t);
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
  const at = await installCiam(t);
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
  const at = await installCiam(t);
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
  const at = await installCiam(t);
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
  const at = await installCiam(t);
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
  const at = await installCiam(t);
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
  const at = await installCiam(t);
  const codeNow = await at.pair();
  for (let guess = 0; guess < 10; guess += 1) {
    const { authId } = (await at.startTotp()).json();
    assert.deepEqual(await at.validate(authId, wrongCode(codeNow())), [400, '10008']);
  }
  const { authId } = (await at.startTotp()).json();
  assert.deepEqual(await at.validate(authId, codeNow()), [403, '10027']);
});
