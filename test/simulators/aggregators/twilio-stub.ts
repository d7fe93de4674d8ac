/**
 * Twilio as its documentation describes it: the Messages and Calls resources, and signed status callbacks. It checks what
 * it is sent, as far as a carrier could get it wrong.
 *
 * @see https://www.twilio.com/docs/messaging/api/message-resource
 * @see https://www.twilio.com/docs/voice/api/call-resource
 */
import { createHmac } from 'node:crypto';
import type { TwilioSettings } from '../../../src/carriers/twilio/settings.ts';
import { createTwilio } from '../../../src/carriers/twilio/twilio.ts';
import { DESTINATIONS } from './aggregator-contract.ts';
import { type Aggregator, type AggregatorContext, CARRIER_ID } from './aggregator-rig.ts';
import { type Answer, jsonReply, type SeenRequest } from './aggregator-stub.ts';

const ACCOUNT_SID = 'AC0123456789abcdef0123456789abcdef';
const AUTH_TOKEN = '0123456789abcdef0123456789abcdef';

export const TWILIO_TEST_SETTINGS: TwilioSettings = {
  accountSid: ACCOUNT_SID,
  authToken: AUTH_TOKEN,
  from: '+15005550006',
  channels: ['sms', 'voice'],
};

export function twilioWith(overrides: Partial<TwilioSettings> = {}): Aggregator {
  return {
    name: 'twilio',
    answer: (context) => {
      let count = 0;
      return (request) => {
        count += 1;
        return answer(context, request, count);
      };
    },
    createCarrier: ({ aggregatorUrl, publicUrl, deps }) =>
      createTwilio(
        CARRIER_ID,
        { ...TWILIO_TEST_SETTINGS, baseUrl: aggregatorUrl, publicUrl, ...overrides },
        deps,
      ),
  };
}

/** The header as the documentation says it is made, written anew rather than borrowed from the carrier. */
export function signTwilio(
  url: string,
  parameters: Readonly<Record<string, string>>,
  key = AUTH_TOKEN,
): string {
  const text = Object.keys(parameters)
    .sort()
    .reduce((joined, name) => joined + name + parameters[name], url);
  return createHmac('sha1', key).update(Buffer.from(text, 'utf-8')).digest('base64');
}

export function statusCallback(
  url: string,
  parameters: Readonly<Record<string, string>>,
  signature = signTwilio(url, parameters),
): RequestInit {
  return {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
      'x-twilio-signature': signature,
    },
    body: new URLSearchParams(parameters).toString(),
  };
}

function answer(context: AggregatorContext, request: SeenRequest, count: number): Answer {
  const basic = `Basic ${Buffer.from(`${ACCOUNT_SID}:${AUTH_TOKEN}`).toString('base64')}`;
  if (request.headers.authorization !== basic) return fault(401, 20003, 'Authenticate');
  const isCall = request.path === `/2010-04-01/Accounts/${ACCOUNT_SID}/Calls.json`;
  if (!isCall && request.path !== `/2010-04-01/Accounts/${ACCOUNT_SID}/Messages.json`) {
    return fault(404, 20404, 'The requested resource was not found');
  }
  const form = new URLSearchParams(request.body);
  const to = form.get('To') ?? '';
  const sid = `${isCall ? 'CA' : 'SM'}${String(count).padStart(32, '0')}`;
  switch (to) {
    case DESTINATIONS.refusedForGood:
      return fault(400, 21211, `Invalid 'To' Phone Number: ${to}`);
    case DESTINATIONS.refusedForNow:
      return fault(429, 20429, 'Too Many Requests');
    case DESTINATIONS.silent:
      return { kind: 'silence' };
    case DESTINATIONS.delivered:
      reportSoon(context, form, isCall, sid, isCall ? ['in-progress', 'completed'] : ['sent', 'delivered']);
      break;
    case DESTINATIONS.undelivered:
      reportSoon(context, form, isCall, sid, isCall ? ['no-answer'] : ['sent', 'undelivered']);
  }
  return jsonReply(201, {
    sid,
    account_sid: ACCOUNT_SID,
    to,
    status: 'queued',
    error_code: null,
    uri: request.path,
  });
}

function reportSoon(
  { report }: AggregatorContext,
  form: URLSearchParams,
  isCall: boolean,
  sid: string,
  statuses: readonly string[],
): void {
  const url = form.get('StatusCallback');
  if (url === null) return;
  setImmediate(async () => {
    for (const status of statuses) {
      const about = { AccountSid: ACCOUNT_SID, ApiVersion: '2010-04-01', To: form.get('To') ?? '' };
      const error = status === 'undelivered' ? { ErrorCode: '30003' } : undefined;
      const named = isCall
        ? { ...about, CallSid: sid, CallStatus: status }
        : { ...about, MessageSid: sid, MessageStatus: status, SmsSid: sid, SmsStatus: status };
      await report(url, statusCallback(url, { ...named, ...error }));
    }
  });
}

function fault(status: number, code: number, message: string): Answer {
  return jsonReply(status, {
    code,
    message,
    more_info: `https://www.twilio.com/docs/errors/${code}`,
    status,
  });
}
