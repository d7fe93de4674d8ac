/**
 * Twilio and services that speak its API (SignalWire's compatibility API): SMS by the Messages resource, calls by the
 * Calls resource with the text inline. Media, WhatsApp and incoming messages are not used.
 *
 * @see https://www.twilio.com/docs/messaging/api/message-resource
 * @see https://www.twilio.com/docs/voice/api/call-resource
 */
import type { Carrier, OutboundMessage } from '../../engine/ports.ts';
import type { CarrierDeps } from '../carrier-kind.ts';
import {
  type AggregatorReply,
  createHttpCarrier,
  type Preparation,
  type PreparedRequest,
} from '../kit/http-carrier.ts';
import { textAt } from '../kit/json-value.ts';
import { receiptUrlFor } from '../kit/receipt-url.ts';
import { RING_SECONDS } from '../kit/settings.ts';
import { pickVoice } from '../kit/spoken-language.ts';
import { validitySeconds } from '../kit/validity.ts';
import { statusVerdict, toReason, UNREADABLE, type Verdict } from '../kit/verdict.ts';
import { ERROR_CLASSES } from './error-codes.ts';
import { readTwilioReceipts } from './receipts.ts';
import type { TwilioSettings } from './settings.ts';
import { TWILIO_VOICES, toTwiml } from './spoken-code.ts';

const BASE_URL = 'https://api.twilio.com';
/** The bounds of `ValidityPeriod`. */
const VALIDITY_SECONDS_MIN = 1;
const VALIDITY_SECONDS_MAX = 36_000;

export function createTwilio(id: string, settings: TwilioSettings, deps: CarrierDeps): Carrier {
  const base = `${settings.baseUrl ?? BASE_URL}/2010-04-01/Accounts/${encodeURIComponent(settings.accountSid)}`;
  const user = settings.apiKeySid ?? settings.accountSid;
  const password = settings.apiKeySecret ?? settings.authToken;
  const headers = {
    authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
    'content-type': 'application/x-www-form-urlencoded',
    accept: 'application/json',
  };
  const callback = receiptUrlFor(id, settings);
  const voices = { ...TWILIO_VOICES, ...settings.languages };

  const post = (channel: 'sms' | 'voice', form: URLSearchParams): PreparedRequest => {
    if (callback !== undefined) form.set('StatusCallback', callback);
    const url = `${base}/${channel === 'voice' ? 'Calls' : 'Messages'}.json`;
    return { kind: 'request', channel, method: 'POST', url, headers, body: form.toString() };
  };

  const prepareText = (message: OutboundMessage): PreparedRequest => {
    const form = new URLSearchParams({ To: message.to, Body: message.body });
    const from = message.sender ?? (settings.messagingServiceSid === undefined ? settings.from : undefined);
    if (settings.messagingServiceSid !== undefined)
      form.set('MessagingServiceSid', settings.messagingServiceSid);
    if (from !== undefined) form.set('From', from);
    const validity = validitySeconds(
      message.notAfterMs,
      deps.clock(),
      VALIDITY_SECONDS_MIN,
      VALIDITY_SECONDS_MAX,
    );
    form.set('ValidityPeriod', String(validity));
    return post('sms', form);
  };

  const prepareCall = (message: OutboundMessage): Preparation => {
    const language = pickVoice(message.locale, voices);
    if (language === undefined) return { kind: 'impossible', reason: 'language-not-spoken' };
    const form = new URLSearchParams({
      To: message.to,
      // A name cannot call; a sender that is a number of this account can.
      From: (message.sender?.startsWith('+') ? message.sender : (settings.voiceFrom ?? settings.from)) ?? '',
      Twiml: toTwiml(message.body, language, settings.voice),
      Timeout: String(settings.ringSeconds ?? RING_SECONDS),
    });
    for (const event of ['answered', 'completed']) form.append('StatusCallbackEvent', event);
    return post('voice', form);
  };

  return createHttpCarrier({
    id,
    kind: 'twilio',
    channels: settings.channels ?? ['sms'],
    traffic: settings,
    deps,
    api: {
      prepare: (message) => (message.channel === 'voice' ? prepareCall(message) : prepareText(message)),
      readReply: readTwilioReply,
      readReceipts: (request) => readTwilioReceipts(id, settings, deps.clock, request),
    },
  });
}

function readTwilioReply({ status, json }: AggregatorReply): Verdict {
  const isYes = status >= 200 && status < 300;
  const code = textAt(json, isYes ? 'error_code' : 'code');
  if (code !== undefined) return verdictOfCode(code, status);
  if (!isYes) return statusVerdict(status);
  const sid = textAt(json, 'sid');
  return sid === undefined ? UNREADABLE : { kind: 'accepted', carrierMessageIds: [sid] };
}

function verdictOfCode(code: string, status: number): Verdict {
  const known = Object.hasOwn(ERROR_CLASSES, code) ? ERROR_CLASSES[code] : undefined;
  const fallback = statusVerdict(status);
  if (known === undefined && (!/^\d{4,6}$/.test(code) || fallback.kind === 'accepted')) return fallback;
  const errorClass = known ?? (fallback.kind === 'error' ? fallback.class : 'permanent');
  return { kind: 'error', class: errorClass, reason: toReason('twilio', code) };
}
