/** The native wire of devices. Threats: a secret that is shown twice or kept by a cache, codes of other types. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serveDialect } from '../../../test/support/dialect-server.ts';
import { FAKE_OTPAUTH_URI, FAKE_SECRET, fakeDevice } from '../../../test/support/fake-engine.ts';
import { EngineError } from '../../core/errors.ts';
import type { Engine } from '../../engine/engine.ts';
import { native } from './index.ts';

type Method = 'GET' | 'POST' | 'DELETE';
const DEVICES = '/subjects/ann%20o%2Fhara/devices';
const SUBJECT = 'ann o/hara';
const DEVICE = `${DEVICES}/${fakeDevice.id}`;
const WIRE =
  `"id":"${fakeDevice.id}","type":"totp","name":"phone","status":"activation-required",` +
  '"createdAt":"2026-01-01T00:00:00.000Z","expiresAt":"2026-01-01T01:00:00.000Z"';

async function serve(overrides: Partial<Engine> = {}) {
  const server = await serveDialect(native, overrides);
  const ask = (method: Method, path: string, body?: object) =>
    server.app.inject({
      method,
      url: `/otp/v1${path}`,
      headers: { authorization: `Bearer ${FAKE_SECRET}` },
      ...(body && { payload: body }),
    });
  return { ...server, ask };
}

test('an enrolment gives secret and URI this once, and no cache keeps them', async () => {
  const { ask, onlyCall } = await serve();
  const body = { type: 'totp', name: 'phone', issuer: 'Acme', account: 'ann' };
  const reply = await ask('POST', DEVICES, body);
  assert.equal(reply.statusCode, 201);
  assert.deepEqual(reply.json(), {
    ...JSON.parse(`{${WIRE}}`),
    secret: 'ABCDEFGH',
    uri: FAKE_OTPAUTH_URI,
  });
  assert.equal(reply.headers.location, `/otp/v1${DEVICE}`);
  assert.equal(reply.headers['cache-control'], 'no-store');
  const command = { subject: SUBJECT, name: 'phone', issuer: 'Acme', account: 'ann' };
  assert.deepEqual(onlyCall('enrollDevice'), [command]);
});

test('reading shows the device without them', async () => {
  const { ask, onlyCall } = await serve();
  assert.equal((await ask('GET', DEVICE)).body, `{${WIRE}}`);
  assert.equal((await ask('GET', DEVICES)).body, `{"items":[{${WIRE}}]}`);
  assert.deepEqual(onlyCall('getDevice'), [SUBJECT, { id: fakeDevice.id }]);
});

test('the QR code is an image that no cache keeps, while there is one', async () => {
  const { ask } = await serve();
  const reply = await ask('GET', `${DEVICE}/qr.svg`);
  assert.equal(reply.statusCode, 200);
  assert.match(String(reply.headers['content-type']), /^image\/svg\+xml/);
  assert.equal(reply.headers['cache-control'], 'no-store');
  assert.match(reply.body, /^<svg [^>]*>.*<\/svg>$/s);
  assert.doesNotMatch(reply.body, /ABCDEFGH|otpauth/);
  const active = await serve({
    getEnrollmentUri: async () => {
      throw new EngineError('conflict', 'The secret of an active device is not shown again.');
    },
  });
  const refused = await active.ask('GET', `${DEVICE}/qr.svg`);
  assert.deepEqual([refused.statusCode, refused.json().code], [409, 'conflict']);
});

test('a code activates, checks one device, or checks all of a subject', async () => {
  const { ask, onlyCall, calls } = await serve();
  const device = { id: fakeDevice.id };
  const activated = await ask('POST', `${DEVICE}/activate`, { code: '123456' });
  assert.deepEqual([activated.statusCode, activated.json().outcome], [200, 'approved']);
  assert.equal(activated.json().device.status, 'active');
  assert.deepEqual(onlyCall('activateDevice'), [{ subject: SUBJECT, device, code: '123456' }]);
  await ask('POST', `${DEVICE}/checks`, { code: '123456' });
  await ask('POST', '/subjects/ann%20o%2Fhara/checks', { code: '654321' });
  const checks = calls.filter(({ method }) => method === 'checkDevice').map(({ args }) => args[1]);
  assert.deepEqual(checks, [
    { subject: SUBJECT, device, code: '123456' },
    { subject: SUBJECT, code: '654321' },
  ]);
});

test('a wrong code is an outcome', async () => {
  const { ask } = await serve({ checkDevice: async () => ({ outcome: 'incorrect' }) });
  const reply = await ask('POST', '/subjects/ann/checks', { code: '000000' });
  assert.deepEqual([reply.statusCode, reply.body], [200, '{"outcome":"incorrect"}']);
});

test('devices are deleted one by one or all, and a block is lifted', async () => {
  const { ask, onlyCall } = await serve();
  for (const [method, path] of [
    ['DELETE', DEVICE],
    ['DELETE', DEVICES],
    ['POST', '/subjects/ann%20o%2Fhara/unblock'],
  ] as const) {
    const reply = await ask(method, path);
    assert.deepEqual([reply.statusCode, reply.body], [204, ''], path);
  }
  assert.deepEqual(onlyCall('deleteDevice'), [SUBJECT, { id: fakeDevice.id }]);
  assert.deepEqual(onlyCall('deleteDevices'), [SUBJECT]);
  assert.deepEqual(onlyCall('liftSubjectBlock'), [SUBJECT]);
});

test('a body that is none is refused before the engine is asked', async () => {
  const { ask, calls } = await serve();
  for (const body of [
    {},
    { type: 'totp' },
    { name: 'phone' },
    { type: 'sms', name: 'phone' },
    { type: 'totp', name: '' },
    { type: 'totp', name: 1 },
    { type: 'totp', name: 'phone', secret: 'mine' },
    { type: 'totp', name: 'x'.repeat(65) },
  ]) {
    assert.equal((await ask('POST', DEVICES, body)).json().code, 'invalid_request', JSON.stringify(body));
  }
  for (const body of [{}, { code: 123456 }, { code: ['123456'] }, { code: '1', other: 1 }]) {
    for (const path of [`${DEVICE}/activate`, `${DEVICE}/checks`, '/subjects/ann/checks']) {
      assert.equal((await ask('POST', path, body)).statusCode, 400, JSON.stringify(body));
    }
  }
  assert.deepEqual(
    calls.filter(({ method }) => /Device/.test(method)),
    [],
  );
});

test('what is missing is a problem that says what', async () => {
  const { ask } = await serve({
    getDevice: async () => {
      throw new EngineError('not_found', 'There is no such device.', { field: 'subject' });
    },
  });
  const { code, field } = (await ask('GET', DEVICE)).json();
  assert.deepEqual([code, field], ['not_found', 'subject']);
});
