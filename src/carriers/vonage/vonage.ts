/**
 * Vonage: SMS by the SMS API, calls by the Voice API with the text inline. The Messages API is not used: the older one
 * takes a message’s time to live and says at once what is wrong with a number.
 *
 * @see https://developer.vonage.com/en/api/sms
 * @see https://developer.vonage.com/en/api/voice
 */
import { createPrivateKey } from 'node:crypto';
import { isGsm7 } from '../../core/gsm7.ts';
import type { Carrier, OutboundMessage } from '../../engine/ports.ts';
import type { CarrierDeps } from '../carrier-kind.ts';
import {
  type AggregatorReply,
  createHttpCarrier,
  type Preparation,
  type PreparedRequest,
} from '../kit/http-carrier.ts';
import { listAt, textAt } from '../kit/json-value.ts';
import { receiptUrlFor } from '../kit/receipt-url.ts';
import { RING_SECONDS } from '../kit/settings.ts';
import { pickVoice } from '../kit/spoken-language.ts';
import { validitySeconds } from '../kit/validity.ts';
import { statusVerdict, toReason, UNREADABLE, type Verdict } from '../kit/verdict.ts';
import { makeApplicationJwt } from './application-jwt.ts';
import { SMS_STATUS_CLASSES } from './error-codes.ts';
import { readVonageReceipts } from './receipts.ts';
import type { VonageSettings } from './settings.ts';
import { toNcco, VONAGE_VOICES } from './spoken-code.ts';

const SMS_URL = 'https://rest.nexmo.com';
const VOICE_URL = 'https://api.nexmo.com';
/** The bounds of `ttl`, a week being the most. */
const TTL_SECONDS_MIN = 20;
const TTL_SECONDS_MAX = 604_800;
const TOKEN_ID_BYTES = 16;

export function createVonage(id: string, settings: VonageSettings, deps: CarrierDeps): Carrier {
  const { apiKey, apiSecret, applicationId, privateKey } = settings;
  const key = privateKey === undefined ? undefined : createPrivateKey(privateKey);
  const callback = receiptUrlFor(id, settings);
  const voices = { ...VONAGE_VOICES, ...settings.languages };

  const prepareText = (message: OutboundMessage): PreparedRequest => {
    const seconds = validitySeconds(message.notAfterMs, deps.clock(), TTL_SECONDS_MIN, TTL_SECONDS_MAX);
    const body = {
      api_key: apiKey,
      api_secret: apiSecret,
      from: withoutPlus(message.sender ?? settings.from ?? ''),
      to: withoutPlus(message.to),
      text: message.body,
      type: isGsm7(message.body) ? 'text' : 'unicode',
      ttl: seconds * 1000,
      ...(callback === undefined ? {} : { callback }),
    };
    const url = `${settings.smsUrl ?? SMS_URL}/sms/json`;
    return {
      kind: 'request',
      channel: 'sms',
      method: 'POST',
      url,
      headers: JSON_HEADERS,
      body: JSON.stringify(body),
    };
  };

  const prepareCall = (message: OutboundMessage): Preparation => {
    const language = pickVoice(message.locale, voices);
    if (language === undefined) return { kind: 'impossible', reason: 'language-not-spoken' };
    if (applicationId === undefined || key === undefined) {
      return { kind: 'impossible', reason: 'voice-not-configured' };
    }
    const tokenId = Buffer.from(deps.randomBytes(TOKEN_ID_BYTES)).toString('hex');
    const token = makeApplicationJwt(applicationId, key, deps.clock(), tokenId);
    const body = {
      to: [{ type: 'phone', number: withoutPlus(message.to) }],
      from: { type: 'phone', number: withoutPlus(settings.voiceFrom ?? '') },
      ncco: toNcco(message.body, language),
      ringing_timer: settings.ringSeconds ?? RING_SECONDS,
      ...(callback === undefined ? {} : { event_url: [callback], event_method: 'POST' }),
    };
    return {
      kind: 'request',
      channel: 'voice',
      method: 'POST',
      url: `${settings.voiceUrl ?? VOICE_URL}/v1/calls`,
      headers: { ...JSON_HEADERS, authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    };
  };

  return createHttpCarrier({
    id,
    kind: 'vonage',
    channels: settings.channels ?? ['sms'],
    traffic: settings,
    deps,
    api: {
      prepare: (message) => (message.channel === 'voice' ? prepareCall(message) : prepareText(message)),
      readReply: (reply, { channel }) => (channel === 'voice' ? readCallReply(reply) : readTextReply(reply)),
      readReceipts: (request) => readVonageReceipts(id, settings, deps.clock, request),
    },
  });
}

const JSON_HEADERS = { 'content-type': 'application/json', accept: 'application/json' };

function withoutPlus(number: string): string {
  return number.replace(/^\+(?=\d)/, '');
}

/** Each part of a long text has a status and an id of its own. */
function readTextReply({ status, json }: AggregatorReply): Verdict {
  const parts = listAt(json, 'messages').map((part) => ({
    status: textAt(part, 'status'),
    messageId: textAt(part, 'message-id'),
  }));
  const refused = parts.find((part) => part.status !== '0');
  if (refused?.status !== undefined && /^\d{1,3}$/.test(refused.status)) {
    const known = Object.hasOwn(SMS_STATUS_CLASSES, refused.status)
      ? SMS_STATUS_CLASSES[refused.status]
      : undefined;
    // Where some parts have gone out nobody can take them back.
    const errorClass = parts.some((part) => part.status === '0') ? 'unknown' : (known ?? 'permanent');
    return { kind: 'error', class: errorClass, reason: toReason('vonage', refused.status) };
  }
  if (status < 200 || status >= 300) return statusVerdict(status);
  const ids = parts.flatMap(({ messageId }) => (messageId === undefined ? [] : [messageId]));
  const isWhole = ids.length === parts.length && ids.length > 0 && refused === undefined;
  return isWhole ? { kind: 'accepted', carrierMessageIds: ids } : UNREADABLE;
}

function readCallReply({ status, json }: AggregatorReply): Verdict {
  if (status < 200 || status >= 300) return statusVerdict(status);
  const uuid = textAt(json, 'uuid');
  return uuid === undefined ? UNREADABLE : { kind: 'accepted', carrierMessageIds: [uuid] };
}
