/** What one round of a client is: a bare request, or a start and its check as a vendor's client would do them. */
import { type Answer, headOf } from './http-client.ts';

/** A load is not counted for so long. */
export const WARM_UP_SECONDS = 1;

export interface RoundTools {
  readonly port: number;
  readonly credentials: { readonly tenantId: string; readonly email: string; readonly secret: string };
  ask(head: string, body: string): Promise<Answer>;
  /** The code that a telephone was sent. */
  codeOf(to: string): Promise<string>;
}

/** One round with a number of its own; false where any answer was not the expected one. */
export type Round = (to: string) => Promise<boolean>;

export interface Scenario {
  readonly requestsPerRound: number;
  prepare(tools: RoundTools): Round;
}

const JSON_TYPE = { 'content-type': 'application/json' };

const bare: Scenario = {
  requestsPerRound: 1,
  prepare({ port, ask }) {
    const head = headOf('/bare', port, JSON_TYPE);
    return async (to) => (await ask(head, `{"to":"${to}"}`)).status === 200;
  },
};

const native: Scenario = {
  requestsPerRound: 2,
  prepare({ port, credentials, ask, codeOf }) {
    const headers = { ...JSON_TYPE, authorization: `Bearer ${credentials.secret}` };
    const start = headOf('/otp/v1/verifications', port, headers);
    return async (to) => {
      const started = await ask(start, `{"to":"${to}"}`);
      if (started.status !== 201) return false;
      const id = started.body.slice(7, 43);
      const check = headOf(`/otp/v1/verifications/${id}/checks`, port, headers);
      const checked = await ask(check, `{"code":"${await codeOf(to)}"}`);
      return checked.body.startsWith('{"outcome":"approved"');
    };
  },
};

const signalwire: Scenario = {
  requestsPerRound: 2,
  prepare({ port, credentials: { tenantId, secret }, ask, codeOf }) {
    const headers = { ...JSON_TYPE, authorization: `Basic ${btoa(`${tenantId}:${secret}`)}` };
    const start = headOf('/api/relay/rest/mfa/sms', port, headers);
    return async (to) => {
      const started = await ask(start, `{"to":"${to}"}`);
      if (started.status !== 200) return false;
      const id = started.body.slice(7, 43);
      const verify = headOf(`/api/relay/rest/mfa/${id}/verify`, port, headers);
      return (await ask(verify, `{"token":"${await codeOf(to)}"}`)).body === '{"success":true}';
    };
  },
};

const oneconnect: Scenario = {
  requestsPerRound: 1,
  prepare({ port, credentials: { email, secret }, ask }) {
    const authorization = `Basic ${btoa(`${email}:${secret}`)}`;
    const head = headOf('/api/v1/mfa/sms_auth', port, {
      'content-type': 'application/x-www-form-urlencoded',
      authorization,
    });
    return async (to) => (await ask(head, `phone_number=${to.slice(1)}`)).status === 200;
  },
};

const ratio: Scenario = {
  requestsPerRound: 2,
  prepare({ port, credentials: { tenantId, secret }, ask, codeOf }) {
    const headers = { ...JSON_TYPE, 'ratio-client-id': tenantId, 'ratio-client-secret': secret };
    const send = headOf('/v1/auth/otp/sms:send', port, headers);
    const authenticate = headOf('/v1/auth/otp/sms:authenticate', port, headers);
    return async (to) => {
      const sent = await ask(send, `{"phoneNumber":"${to}"}`);
      if (sent.status !== 200) return false;
      const { phoneId } = JSON.parse(sent.body) as { phoneId: string };
      const answer = await ask(authenticate, `{"otp":"${await codeOf(to)}","phoneId":"${phoneId}"}`);
      return answer.body.startsWith('{"sessionJwt"');
    };
  },
};

const ciam: Scenario = {
  requestsPerRound: 2,
  prepare({ port, credentials: { tenantId, secret }, ask, codeOf }) {
    let token: string | undefined;
    const getToken = async (): Promise<string> => {
      const body = { grant_type: 'client_credentials', client_id: tenantId, client_secret: secret };
      const answer = await ask(headOf('/ciam-mfa/v2/get/token', port, JSON_TYPE), JSON.stringify(body));
      return (JSON.parse(answer.body) as { access_token: string }).access_token;
    };
    return async (to) => {
      token ??= await getToken();
      const headers = { ...JSON_TYPE, authorization: `Bearer ${token}` };
      const start = headOf('/ciam-mfa/v2/deviceAuthentications', port, headers);
      const started = await ask(start, `{"userName":"jdoe","deviceType":"sms","phoneNumber":"${to}"}`);
      if (started.status !== 201) return false;
      const { authId } = JSON.parse(started.body) as { authId: string };
      const check = headOf(`/ciam-mfa/v2/deviceAuthentications/${authId}`, port, headers);
      return (await ask(check, `{"otp":"${await codeOf(to)}"}`)).status === 200;
    };
  },
};

const zignsec: Scenario = {
  requestsPerRound: 1,
  prepare({ port, credentials: { secret }, ask }) {
    const head = headOf('/core/api/sessions/two_factor_auth/sms', port, {
      ...JSON_TYPE,
      authorization: secret,
    });
    return async (to) => {
      const metadata = `{"from":"+123456789","max_message_parts":1,"message":"Code 123456","to":"${to}"}`;
      return (await ask(head, `{"metadata":${metadata}}`)).status === 200;
    };
  },
};

/** Native starts without a check, and native texts: what one-request dialects are compared with. */
const nativeStart: Scenario = {
  requestsPerRound: 1,
  prepare({ port, credentials, ask }) {
    const headers = { ...JSON_TYPE, authorization: `Bearer ${credentials.secret}` };
    const start = headOf('/otp/v1/verifications', port, headers);
    return async (to) => (await ask(start, `{"to":"${to}"}`)).status === 201;
  },
};

const nativeMessage: Scenario = {
  requestsPerRound: 1,
  prepare({ port, credentials, ask }) {
    const headers = { ...JSON_TYPE, authorization: `Bearer ${credentials.secret}` };
    const head = headOf('/otp/v1/messages', port, headers);
    return async (to) => (await ask(head, `{"to":"${to}","body":"Code 123456"}`)).status === 201;
  },
};

/** A native pair, and then one token of the product's own, signed by the same key and algorithm as a session of Ratio's. */
const nativeSigned: Scenario = {
  requestsPerRound: 3,
  prepare(tools) {
    const { port, credentials, ask } = tools;
    const pair = native.prepare(tools);
    const authorization = `Basic ${btoa(`${credentials.tenantId}:${credentials.secret}`)}`;
    const type = 'application/x-www-form-urlencoded';
    const token = headOf('/oauth2/token', port, { 'content-type': type, authorization });
    return async (to) => {
      if (!(await pair(to))) return false;
      return (await ask(token, 'grant_type=client_credentials')).body.startsWith('{"access_token"');
    };
  },
};

/** A text that ends in the instant at which the client sent it, for whoever receives it to compare. */
const nativeStamped: Scenario = {
  requestsPerRound: 1,
  prepare({ port, credentials, ask }) {
    const headers = { ...JSON_TYPE, authorization: `Bearer ${credentials.secret}` };
    const head = headOf('/otp/v1/messages', port, headers);
    return async (to) =>
      (await ask(head, `{"to":"${to}","body":"Code 123456 ${Date.now()}"}`)).status === 201;
  },
};

/** The first line and headers of Kannel's sendsms with the same text; its answer is 202. */
export function sendSmsHead(port: number, to: string, text: string): string {
  const query = new URLSearchParams({
    ...{ username: 'acme', password: 'secret', from: 'Acme', to, text, 'dlr-mask': '3' },
  });
  return `GET /cgi-bin/sendsms?${query} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n`;
}

const kannelStamped: Scenario = {
  requestsPerRound: 1,
  prepare({ port, ask }) {
    return async (to) =>
      (await ask(sendSmsHead(port, to.slice(1), `Code 123456 ${Date.now()}`), '')).status === 202;
  },
};

/** A verification and a text in turn; the verification expires soon, as most that nobody checks. */
const nativeSoak: Scenario = {
  requestsPerRound: 1,
  prepare({ port, credentials, ask }) {
    const headers = { ...JSON_TYPE, authorization: `Bearer ${credentials.secret}` };
    const start = headOf('/otp/v1/verifications', port, headers);
    const send = headOf('/otp/v1/messages', port, headers);
    let count = 0;
    return async (to) => {
      count += 1;
      const answer =
        count % 2 === 0
          ? await ask(start, `{"to":"${to}","ttlSeconds":60}`)
          : await ask(send, `{"to":"${to}","body":"Code 123456 ${Date.now()}"}`);
      return answer.status === 201;
    };
  },
};

export const SCENARIOS = {
  bare,
  native,
  nativeStart,
  nativeMessage,
  nativeSigned,
  nativeStamped,
  nativeSoak,
  kannelStamped,
  signalwire,
  oneconnect,
  ratio,
  ciam,
  zignsec,
} as const;
