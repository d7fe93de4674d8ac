/** OneConnect's wire on the whole engine: every row of its table that is not an edge of every dialect. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  type DialectInstallation,
  installDialects,
  type TestTenant,
} from '../../../test/support/dialect-installation.ts';
import { oneconnect } from './index.ts';

const TO = '123456789';
const INVALID_NUMBER = '{"error_code":4004,"status":"ERROR","message":"Invalid phone number."}';

async function install(t: TestContext) {
  const at = await installDialects([oneconnect]);
  t.after(() => at[Symbol.asyncDispose]());
  return Object.assign(at, asker(at, at.tenant));
}

function asker(at: DialectInstallation, { email, secret }: Pick<TestTenant, 'email' | 'secret'>) {
  const authorization = `Basic ${Buffer.from(`${email}:${secret}`).toString('base64')}`;
  const send = (fields: Record<string, string> = {}) =>
    at.ask({
      method: 'POST',
      url: '/api/v1/mfa/sms_auth',
      headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({ phone_number: TO, ...fields }).toString(),
    });
  const sendJson = (body: object) =>
    at.ask({ method: 'POST', url: '/api/v1/mfa/sms_auth', headers: { authorization }, payload: body });
  const balance = () => at.ask({ method: 'GET', url: '/api/v1/balance', headers: { authorization } });
  /** Each to a number of its own, so that no limit is met. */
  let numbers = 0;
  const codeOf = async (fields: Record<string, string>) => {
    numbers += 1;
    const reply = await send({ ...fields, phone_number: String(1_234_567_890 + numbers) });
    assert.equal(reply.statusCode, 200, reply.body);
    return String(reply.json().code);
  };
  return { send, sendJson, balance, codeOf };
}

test('the code is in the reply and in the message, and the number comes back as it came', async (t) => {
  const at = await install(t);
  const reply = await at.send();
  const { code } = reply.json();
  assert.equal(reply.statusCode, 200);
  assert.equal(reply.body, `{"code":"${code}","phone_number":"123456789"}`);
  assert.match(code, /^[A-Za-z0-9]{4}$/);
  assert.equal(at.lastCode(), code);
  assert.equal(at.network.sent[0]?.to, '+123456789');
  assert.match(String(reply.headers['otpost-verification-id']), /^[0-9a-f-]{36}$/);
  assert.ok(at.network.sent[0]?.body.includes(code));
});

test('the code is of the letters and length that were asked for', async (t) => {
  const at = await install(t);
  assert.match(await at.codeOf({ length: '32' }), /^[A-Za-z0-9]{32}$/);
  assert.match(await at.codeOf({ length: '32', only_uppercase: 'true' }), /^[A-Z]{32}$/);
  assert.match(await at.codeOf({ length: '32', only_numbers: 'True' }), /^[0-9]{32}$/);
  assert.match(await at.codeOf({ length: '32', only_numbers: '1', only_uppercase: 'true' }), /^[0-9]{32}$/);
  const mixed = await at.codeOf({ length: '32', only_numbers: 'false', only_uppercase: 'false' });
  assert.match(mixed, /[a-z]/);
});

test('JSON says the same as a form, and empty parameters are not set', async (t) => {
  const at = await install(t);
  const json = await at.sendJson({ phone_number: TO, only_numbers: true, length: 6, reference: 'ignored' });
  assert.match(json.json().code, /^\d{6}$/);
  const empty = await at.send({ only_numbers: '', only_uppercase: '', length: '' });
  assert.match(empty.json().code, /^[A-Za-z0-9]{4}$/);
});

test('another API can check the code, of which the native one says nothing', async (t) => {
  const at = await install(t);
  const reply = await at.send();
  const principal = await at.harness.engine.authenticate({ secret: at.tenant.secret });
  assert.ok(principal);
  const verificationId = String(reply.headers['otpost-verification-id']);
  const { code } = reply.json();
  const shown = await at.harness.engine.getVerification(principal, verificationId);
  assert.ok(!JSON.stringify(shown).includes(code));
  const { outcome } = await at.harness.engine.checkVerification(principal, { verificationId, code });
  assert.equal(outcome, 'approved');
});

test('a number may have a plus, which a form turns into a space, or be national where the tenant has a country', async (t) => {
  const at = await install(t);
  for (const [written, e164] of [
    ['+14155550123', '+14155550123'],
    [' 14155550124', '+14155550124'],
    ['0014155550125', '+14155550125'],
    ['1234567', '+1234567'],
    ['123456789012345', '+123456789012345'],
  ] as const) {
    const reply = await at.send({ phone_number: written });
    assert.equal(reply.statusCode, 200, written);
    assert.equal(reply.json().phone_number, written);
    assert.equal(at.network.sent.at(-1)?.to, e164);
  }
  const georgian = asker(at, await at.createTenant({ defaultCountry: 'GE' }));
  for (const [written, e164] of [
    ['599123456', '+995599123456'],
    ['0599123457', '+995599123457'],
    ['14155550123', '+14155550123'],
    [TO, '+123456789'],
  ] as const) {
    const reply = await georgian.send({ phone_number: written });
    assert.equal(reply.json().phone_number, written);
    assert.equal(at.network.sent.at(-1)?.to, e164);
  }
});

test('what is no number is 4004, missing and empty ones too', async (t) => {
  const at = await install(t);
  const numbers = [
    '',
    ' ',
    'abc',
    '123',
    '123456',
    '0123456789',
    '1234567890123456',
    '+1-415-555',
    '#{phone}',
  ];
  for (const phone_number of numbers) {
    const reply = await at.send({ phone_number });
    assert.equal(reply.statusCode, 400, phone_number);
    assert.equal(reply.body, INVALID_NUMBER);
  }
  for (const body of [{}, { phone_number: null }, { phone_number: 123456789 }, { phone_number: [TO] }]) {
    assert.equal((await at.sendJson(body)).body, INVALID_NUMBER);
  }
  const twice = await at.ask({
    method: 'POST',
    url: '/api/v1/mfa/sms_auth',
    headers: {
      authorization: `Basic ${Buffer.from(`${at.tenant.email}:${at.tenant.secret}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    payload: `phone_number=${TO}&phone_number=${TO}`,
  });
  assert.equal(twice.body, INVALID_NUMBER);
  assert.equal(at.network.sent.length, 0);
});

test('a bad parameter is 400 and says which', async (t) => {
  const at = await install(t);
  for (const [fields, message] of [
    [{ length: '3' }, 'length must be >= 4.'],
    [{ length: '33' }, 'length must be <= 32.'],
    [{ length: '4.5' }, 'length must be integer.'],
    [{ only_numbers: 'maybe' }, 'only_numbers must be boolean.'],
    [{ only_uppercase: '2' }, 'only_uppercase must be boolean.'],
  ] as const) {
    const reply = await at.send({ ...fields });
    assert.equal(reply.statusCode, 400);
    assert.equal(reply.body, JSON.stringify({ error_code: 400, status: 'ERROR', message }));
  }
});

test('the secret of a key opens nothing under the address of somebody else', async (t) => {
  const at = await install(t);
  const { secret } = at.tenant;
  const reply = await asker(at, { email: 'ops@other.example', secret }).balance();
  assert.equal(reply.statusCode, 401);
  assert.equal((await asker(at, { email: at.tenant.email.toUpperCase(), secret }).balance()).statusCode, 200);
});

test('missing credentials are asked for', async (t) => {
  const at = await install(t);
  const reply = await at.ask({ method: 'GET', url: '/api/v1/balance' });
  assert.equal(reply.statusCode, 401);
  assert.match(String(reply.headers['www-authenticate']), /^Basic /);
  assert.equal(
    reply.body,
    '{"error_code":401,"status":"ERROR","message":"The credentials are missing or wrong."}',
  );
});

test('the balance is in whole segments, large where there is none, and 1000 when it is used up', async (t) => {
  const at = await install(t);
  assert.equal((await at.balance()).body, '{"sms_balance":999999999}');
  const principal = await at.harness.engine.authenticate({ secret: at.tenant.secret });
  assert.ok(principal);
  await at.harness.engine.topUp(principal, 1_500_000);
  assert.equal((await at.balance()).body, '{"sms_balance":1}');
  assert.equal((await at.send()).statusCode, 200);
  assert.equal((await at.balance()).body, '{"sms_balance":0}');
  const refused = await at.send();
  assert.equal(refused.statusCode, 402);
  assert.equal(refused.body, '{"error_code":1000,"status":"ERROR","message":"No balance."}');
  assert.equal(at.network.sent.length, 1);
});
