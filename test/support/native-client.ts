/** A tenant's back end that calls the native API over real HTTP. It judges nothing: every answer is handed back. */

export interface NativeReply {
  readonly status: number;
  readonly body: NativeBody;
}

/** What tests look at; whatever else there is stays readable by its name. */
export interface NativeBody {
  readonly id?: string;
  readonly status?: string | number;
  readonly code?: string;
  readonly outcome?: string;
  readonly checksLeft?: number;
  readonly verification?: { readonly id: string; readonly status: string; readonly checksLeft: number };
  readonly [name: string]: unknown;
}

export type NativeClient = ReturnType<typeof createNativeClient>;

/** Longer than a busy machine needs for any answer; shorter than a test may hang. */
const ANSWER_MS_MAX = 20_000;

/** @param url of the server, without the prefix. Calls reject where no answer comes. */
export function createNativeClient(url: string, secret: string, answerMsMax = ANSWER_MS_MAX) {
  async function ask(
    method: string,
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<NativeReply> {
    const reply = await fetch(`${url}/otp/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${secret}`,
        ...(body && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(answerMsMax),
    });
    const text = await reply.text();
    return { status: reply.status, body: text === '' ? {} : (JSON.parse(text) as NativeBody) };
  }
  const keyed = (idempotencyKey?: string): Record<string, string> =>
    idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };

  return {
    url,
    ask,
    start: (body: object, idempotencyKey?: string) =>
      ask('POST', '/verifications', body, keyed(idempotencyKey)),
    read: (id: string) => ask('GET', `/verifications/${id}`),
    check: (id: string, code: string) => ask('POST', `/verifications/${id}/checks`, { code }),
    sendAgain: (id: string) => ask('POST', `/verifications/${id}/sends`, {}),
    cancel: (id: string) => ask('POST', `/verifications/${id}/cancel`, {}),
    enroll: (subject: string) => ask('POST', `/subjects/${subject}/devices`, { type: 'totp', name: 'phone' }),
    activate: (subject: string, id: string, code: string) =>
      ask('POST', `/subjects/${subject}/devices/${id}/activate`, { code }),
    checkDevice: (subject: string, id: string, code: string) =>
      ask('POST', `/subjects/${subject}/devices/${id}/checks`, { code }),
    text: (body: object, idempotencyKey?: string) => ask('POST', '/messages', body, keyed(idempotencyKey)),
  };
}
