/**
 * The same thing through every API that is registered: a code is sent to one number and typed back in. Each spells the
 * number its own way, so that what is counted is counted for the person and not for a spelling.
 */
import assert from 'node:assert/strict';
import type { LightMyRequestResponse } from 'fastify';
import { DIALECTS } from '../../../src/dialects/registry.ts';
import type { DialectInstallation } from '../../support/dialect-installation.ts';

export interface Door {
  readonly name: string;
  /** Whose routes it needs. */
  readonly dialects: readonly string[];
  start(by: Caller): Promise<Started>;
}

export interface Started {
  readonly reply: LightMyRequestResponse;
  /** Undefined where the start was refused. */
  readonly check?: (code: string) => Promise<LightMyRequestResponse>;
  /** Whether a reply to a check says that the code was right. */
  readonly isRight: (reply: LightMyRequestResponse) => boolean;
}

export interface Caller {
  readonly at: DialectInstallation;
  /** An access token of the tenant. */
  readonly token: string;
  readonly post: (
    url: string,
    payload: object,
    headers: Readonly<Record<string, string>>,
  ) => Promise<LightMyRequestResponse>;
}

export const RECIPIENT = '+14155550123';

export async function callerOf(at: DialectInstallation): Promise<Caller> {
  const principal = (await at.harness.engine.authenticate({ secret: at.tenant.secret })) ?? assert.fail();
  const { token } = await at.harness.engine.issueAccessToken(principal);
  const post: Caller['post'] = (url, payload, headers) =>
    at.ask({ method: 'POST', url, headers: { ...headers }, payload });
  return { at, token, post };
}

const basic = (user: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`,
});
const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });

const saysApproved = (reply: LightMyRequestResponse) => reply.json().outcome === 'approved';

const nativeCheck =
  ({ at, post }: Caller, id: string) =>
  (code: string) =>
    post(`/otp/v1/verifications/${id}/checks`, { code }, bearer(at.tenant.secret));

const ALL: readonly Door[] = [
  {
    name: 'native',
    dialects: ['native'],
    async start(by) {
      const { at, post } = by;
      // Its own purpose each time, or the live code would go out again.
      const body = { to: '+1 415 555 0123', checksMax: 20, purpose: at.harness.context.makeId() };
      const reply = await post('/otp/v1/verifications', body, bearer(at.tenant.secret));
      const check = reply.statusCode === 201 ? nativeCheck(by, reply.json().id) : undefined;
      return { reply, isRight: saysApproved, ...(check && { check }) };
    },
  },
  {
    name: 'native, by recipient',
    dialects: ['native'],
    async start({ at, post }) {
      const purpose = at.harness.context.makeId();
      const headers = bearer(at.tenant.secret);
      const reply = await post('/otp/v1/verifications', { to: '0014155550123', purpose }, headers);
      if (reply.statusCode !== 201) return { reply, isRight: saysApproved };
      const url = `/otp/v1/recipients/${reply.json().recipientId}/checks`;
      return { reply, isRight: saysApproved, check: (code) => post(url, { code, purpose }, headers) };
    },
  },
  {
    name: 'oneconnect, checked natively',
    dialects: ['oneconnect', 'native'],
    async start(by) {
      const { at, post } = by;
      const headers = basic(at.tenant.email, at.tenant.secret);
      const reply = await post('/api/v1/mfa/sms_auth', { phone_number: '14155550123' }, headers);
      const id = String(reply.headers['otpost-verification-id']);
      const check = reply.statusCode === 200 ? nativeCheck(by, id) : undefined;
      return { reply, isRight: saysApproved, ...(check && { check }) };
    },
  },
  {
    name: 'signalwire',
    dialects: ['signalwire'],
    async start({ at, post }) {
      const headers = basic(at.tenant.id, at.tenant.secret);
      const base = '/api/relay/rest/mfa';
      const reply = await post(`${base}/sms`, { to: RECIPIENT, max_attempts: 20 }, headers);
      const isRight = ({ body }: LightMyRequestResponse) => body === '{"success":true}';
      if (reply.statusCode !== 200) return { reply, isRight };
      const url = `${base}/${reply.json().id}/verify`;
      return { reply, isRight, check: (token) => post(url, { token }, headers) };
    },
  },
  {
    name: 'ratio',
    dialects: ['ratio'],
    async start({ at, post }) {
      const headers = { 'ratio-client-id': at.tenant.id, 'ratio-client-secret': at.tenant.secret };
      const base = '/v1/auth/otp/sms';
      const reply = await post(`${base}:send`, { phoneNumber: RECIPIENT }, headers);
      const isRight = ({ statusCode }: LightMyRequestResponse) => statusCode === 200;
      if (reply.statusCode !== 200) return { reply, isRight };
      const { phoneId } = reply.json();
      return { reply, isRight, check: (otp) => post(`${base}:authenticate`, { phoneId, otp }, headers) };
    },
  },
  {
    name: 'ciam',
    dialects: ['ciam'],
    async start({ token, post }) {
      const headers = bearer(token);
      const base = '/ciam-mfa/v2/deviceAuthentications';
      const body = { userName: 'jdoe', deviceType: 'SMS', phoneNumber: '+1-4155550123' };
      const reply = await post(base, body, headers);
      const isRight = ({ statusCode }: LightMyRequestResponse) => statusCode === 200;
      if (reply.statusCode !== 201) return { reply, isRight };
      const url = `${base}/${reply.json().authId}`;
      return { reply, isRight, check: (otp) => post(url, { otp }, headers) };
    },
  },
];

const registered = new Set(DIALECTS.map(({ name }) => name));

export const DOORS: readonly Door[] = ALL.filter(({ dialects }) =>
  dialects.every((name) => registered.has(name)),
);
