/** CIAM's dialect on the whole engine, with callers who authenticate, enrol apps and submit OTPs over its wire. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { TOTP, URI } from 'otpauth';
import { ciam } from '../../src/dialects/ciam/index.ts';
import { type DialectInstallation, installDialects, type TestTenant } from './dialect-installation.ts';

export const BASE = '/ciam-mfa/v2';
export const SMS = { userName: 'jdoe', phoneNumber: '+91-8212345212', deviceType: 'sms' };
const STEP_MS = 30_000;
/** What validating an OTP gives when it is right. */
export const OK = [200, 'SUCCESS'];

export async function installCiam(t: TestContext) {
  const at = await installDialects([ciam]);
  t.after(() => at[Symbol.asyncDispose]());
  return Object.assign(at, await asker(at, at.tenant));
}

/** Calls as a client of this tenant makes them, with an access token of its own. */
export async function asker(at: DialectInstallation, tenant: TestTenant) {
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
