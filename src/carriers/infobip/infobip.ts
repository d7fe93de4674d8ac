/**
 * Infobip: SMS by version 3 of the SMS API. Reports come to an unguessable path, several in one request.
 *
 * @see https://www.infobip.com/docs/api/channels/sms/outbound-sms/send-sms-messages
 */
import type { Receipt } from '../../core/delivery.ts';
import type { ReceiptReading, ReceiptRequest } from '../../engine/ports/receipt-source.ts';
import type { Carrier, OutboundMessage } from '../../engine/ports.ts';
import type { CarrierDeps } from '../carrier-kind.ts';
import { type AggregatorReply, createHttpCarrier, type PreparedRequest } from '../kit/http-carrier.ts';
import { listAt, parseJson, textAt } from '../kit/json-value.ts';
import { hasRightPath, receiptUrlFor } from '../kit/receipt-url.ts';
import { validitySeconds } from '../kit/validity.ts';
import { statusVerdict, toReason, UNREADABLE, type Verdict } from '../kit/verdict.ts';
import type { InfobipSettings } from './settings.ts';
import { GROUP_STATES, REJECTION_CLASSES } from './status-codes.ts';

/** Periods beyond 48 hours are cut to that; below half a minute none is taken. */
const VALIDITY_SECONDS_MIN = 30;
const VALIDITY_SECONDS_MAX = 172_800;
/** Both versions of the API say so in this field of a report that has nothing to complain of. */
const NO_ERROR = 'NO_ERROR';

export function createInfobip(id: string, settings: InfobipSettings, deps: CarrierDeps): Carrier {
  const { apiKey, baseUrl, from, receiptSecret } = settings;
  const callback = receiptUrlFor(id, settings);
  const headers = {
    authorization: `App ${apiKey}`,
    'content-type': 'application/json',
    accept: 'application/json',
  };

  const prepare = (message: OutboundMessage): PreparedRequest => {
    const seconds = validitySeconds(
      message.notAfterMs,
      deps.clock(),
      VALIDITY_SECONDS_MIN,
      VALIDITY_SECONDS_MAX,
    );
    const one = {
      sender: message.sender ?? from,
      destinations: [{ to: message.to.replace(/^\+/, '') }],
      content: { text: message.body },
      options: { validityPeriod: { amount: seconds, timeUnit: 'SECONDS' } },
      ...(callback === undefined
        ? {}
        : { webhooks: { delivery: { url: callback }, contentType: 'application/json' } }),
    };
    const url = `${baseUrl}/sms/3/messages`;
    const body = JSON.stringify({ messages: [one] });
    return { kind: 'request', channel: 'sms', method: 'POST', url, headers, body };
  };

  const readReceipts = (request: ReceiptRequest): ReceiptReading => {
    if (receiptSecret === undefined || !hasRightPath(settings, request)) return { kind: 'forged' };
    const document = parseJson(request.rawBody.toString('utf8'));
    const results = listAt(document, 'results');
    if (results.length === 0) return { kind: 'malformed' };
    return { kind: 'read', receipts: results.flatMap((result) => toReceipt(id, result, deps.clock())) };
  };

  return createHttpCarrier({
    id,
    kind: 'infobip',
    channels: ['sms'],
    traffic: settings,
    deps,
    api: { prepare, readReply: readInfobipReply, readReceipts },
  });
}

function readInfobipReply({ status, json }: AggregatorReply): Verdict {
  if (status < 200 || status >= 300) return readFault(status, json);
  const messageId = textAt(json, 'messages', 0, 'messageId');
  const group = textAt(json, 'messages', 0, 'status', 'groupName');
  if (group === 'REJECTED' || group === 'UNDELIVERABLE') {
    const name = textAt(json, 'messages', 0, 'status', 'name') ?? group;
    const errorClass = Object.hasOwn(REJECTION_CLASSES, name) ? REJECTION_CLASSES[name] : undefined;
    return { kind: 'error', class: errorClass ?? 'permanent', reason: toReason('infobip', name) };
  }
  return messageId === undefined ? UNREADABLE : { kind: 'accepted', carrierMessageIds: [messageId] };
}

/** Version 3 says `errorCode: E401`, the older one a word such as `UNAUTHORIZED`. */
function readFault(status: number, json: unknown): Verdict {
  const fallback = statusVerdict(status);
  const code = textAt(json, 'errorCode') ?? textAt(json, 'requestError', 'serviceException', 'messageId');
  if (code === undefined || !/^[A-Z][A-Z0-9_]{2,40}$/.test(code) || fallback.kind === 'accepted')
    return fallback;
  return { ...fallback, reason: toReason('infobip', code) };
}

function toReceipt(id: string, result: unknown, receivedAtMs: number): readonly Receipt[] {
  const carrierMessageId = textAt(result, 'messageId');
  const group = textAt(result, 'status', 'groupName') ?? '';
  const state = Object.hasOwn(GROUP_STATES, group) ? GROUP_STATES[group] : undefined;
  if (carrierMessageId === undefined || state === undefined) return [];
  const error = textAt(result, 'error', 'name');
  const receipt = { carrier: id, carrierMessageId, state, receivedAtMs };
  const hasError = error !== undefined && error !== NO_ERROR;
  return [hasError ? { ...receipt, reason: toReason('infobip', error) } : receipt];
}
