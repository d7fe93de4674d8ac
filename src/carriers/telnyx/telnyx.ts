/**
 * Telnyx: SMS by the Messages resource of API v2. It has no validity period: a message that waits in its queue may come
 * after the code has expired.
 *
 * @see https://developers.telnyx.com/api-reference/messages/send-a-message
 */
import type { ReceiptState } from '../../core/delivery.ts';
import type { ReceiptReading, ReceiptRequest } from '../../engine/ports/receipt-source.ts';
import type { Carrier, OutboundMessage } from '../../engine/ports.ts';
import type { CarrierDeps } from '../carrier-kind.ts';
import { type AggregatorReply, createHttpCarrier, type PreparedRequest } from '../kit/http-carrier.ts';
import { parseJson, textAt } from '../kit/json-value.ts';
import { hasRightPath, receiptUrlFor } from '../kit/receipt-url.ts';
import { statusVerdict, toReason, UNREADABLE, type Verdict } from '../kit/verdict.ts';
import { ERROR_CLASSES } from './error-codes.ts';
import { isSigned, toPublicKey } from './request-signature.ts';
import type { TelnyxSettings } from './settings.ts';

const BASE_URL = 'https://api.telnyx.com';

/** `delivery_unconfirmed` says that no more will be known, which the waiting time says as well. */
const STATES: Readonly<Record<string, ReceiptState>> = {
  queued: 'accepted',
  sending: 'accepted',
  sent: 'accepted',
  delivery_unconfirmed: 'accepted',
  delivered: 'delivered',
  sending_failed: 'failed',
  delivery_failed: 'failed',
  expired: 'expired',
};

export function createTelnyx(id: string, settings: TelnyxSettings, deps: CarrierDeps): Carrier {
  const { apiKey, from, messagingProfileId, baseUrl = BASE_URL } = settings;
  const callback = receiptUrlFor(id, settings);
  const key = settings.publicKey === undefined ? undefined : toPublicKey(settings.publicKey);
  const headers = {
    authorization: `Bearer ${apiKey}`,
    'content-type': 'application/json',
    accept: 'application/json',
  };

  const prepare = (message: OutboundMessage): PreparedRequest => {
    const body = {
      from: message.sender ?? from,
      to: message.to,
      text: message.body,
      type: 'SMS',
      messaging_profile_id: messagingProfileId,
      ...(callback === undefined ? {} : { webhook_url: callback, use_profile_webhooks: false }),
    };
    const url = `${baseUrl}/v2/messages`;
    return { kind: 'request', channel: 'sms', method: 'POST', url, headers, body: JSON.stringify(body) };
  };

  const readReceipts = (request: ReceiptRequest): ReceiptReading => {
    if (key === undefined || !hasRightPath(settings, request) || !isSigned(key, request, deps.clock())) {
      return { kind: 'forged' };
    }
    const event = parseJson(request.rawBody.toString('utf8'));
    const carrierMessageId = textAt(event, 'data', 'payload', 'id');
    if (carrierMessageId === undefined) return { kind: 'malformed' };
    const type = textAt(event, 'data', 'event_type');
    const status = textAt(event, 'data', 'payload', 'to', 0, 'status') ?? '';
    const state = Object.hasOwn(STATES, status) ? STATES[status] : undefined;
    if ((type !== 'message.sent' && type !== 'message.finalized') || state === undefined) {
      return { kind: 'read', receipts: [] };
    }
    const code = textAt(event, 'data', 'payload', 'errors', 0, 'code');
    const receipt = { carrier: id, carrierMessageId, state, receivedAtMs: deps.clock() };
    return {
      kind: 'read',
      receipts: [code === undefined ? receipt : { ...receipt, reason: toReason('telnyx', code) }],
    };
  };

  return createHttpCarrier({
    id,
    kind: 'telnyx',
    channels: ['sms'],
    traffic: settings,
    deps,
    api: { prepare, readReply: readTelnyxReply, readReceipts },
  });
}

function readTelnyxReply({ status, json }: AggregatorReply): Verdict {
  if (status >= 200 && status < 300) {
    const messageId = textAt(json, 'data', 'id');
    return messageId === undefined ? UNREADABLE : { kind: 'accepted', carrierMessageIds: [messageId] };
  }
  const fallback = statusVerdict(status);
  const code = textAt(json, 'errors', 0, 'code');
  if (code === undefined || !/^\d{4,6}$/.test(code) || fallback.kind === 'accepted') return fallback;
  const known = Object.hasOwn(ERROR_CLASSES, code) ? ERROR_CLASSES[code] : undefined;
  return { kind: 'error', class: known ?? fallback.class, reason: toReason('telnyx', code) };
}
