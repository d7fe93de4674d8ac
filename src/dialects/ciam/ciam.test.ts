/** What is common to CIAM's calls: the token endpoint, access, the shape of an error, and what is not served. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BASE, installCiam, SMS } from '../../../test/support/ciam-installation.ts';
import { toDottedUtc } from '../../lib/time.ts';
import { toTraceId } from './errors.ts';

const FORM = 'application/x-www-form-urlencoded';

test('a token is given for JSON and for a form, and the other calls take it', async (t) => {
  const at = await installCiam(t);
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

test('only a token is asked for with a form', async (t) => {
  const at = await installCiam(t);
  const reply = await at.ask({
    method: 'POST',
    url: `${BASE}/deviceAuthentications`,
    headers: { authorization: `Bearer ${at.token}`, 'content-type': FORM },
    payload: new URLSearchParams(SMS).toString(),
  });
  assert.deepEqual([reply.statusCode, reply.json().code], [415, '415']);
});

test('an authentication without its id is no path, and nobody’s OTP', async (t) => {
  const at = await installCiam(t);
  const reply = await at.call('POST', '/deviceAuthentications/', SMS);
  assert.deepEqual([reply.statusCode, reply.json().code], [404, '404']);
});

test('each fault of a token request has its code', async (t) => {
  const at = await installCiam(t);
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
  const at = await installCiam(t);
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
  const at = await installCiam(t);
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

test('what the vendor has beside this is not there', async (t) => {
  const at = await installCiam(t);
  for (const path of ['/risk/evaluations', '/users/jdoe/FIDO2/isRegistered', '/deviceAuthentications/x/y']) {
    const reply = await at.call('POST', path, {});
    assert.deepEqual([reply.statusCode, reply.json().code], [404, '404'], path);
  }
});
