/** Delivery receipts of the SMS API and events of the Voice API, as receipts. */
import type { ReceiptState } from '../../core/delivery.ts';
import type { ReceiptReading, ReceiptRequest } from '../../engine/ports/receipt-source.ts';
import type { Clock } from '../../lib/time.ts';
import { parseJson, textAt } from '../kit/json-value.ts';
import { hasRightPath } from '../kit/receipt-url.ts';
import { toReason } from '../kit/verdict.ts';
import { isSignedCallback } from './application-jwt.ts';
import { isSignedBy } from './request-signature.ts';
import type { VonageSettings } from './settings.ts';

/** `unknown` says that no more will be known, which the waiting time says as well. */
const SMS_STATES: Readonly<Record<string, ReceiptState>> = {
  accepted: 'accepted',
  buffered: 'accepted',
  delivered: 'delivered',
  expired: 'expired',
  failed: 'failed',
  rejected: 'failed',
};

/** @see https://developer.vonage.com/en/voice/voice-api/webhook-reference#event-webhook */
const CALL_STATES: Readonly<Record<string, ReceiptState>> = {
  started: 'accepted',
  ringing: 'accepted',
  answered: 'delivered',
  human: 'delivered',
  machine: 'delivered',
  completed: 'delivered',
  busy: 'failed',
  cancelled: 'failed',
  unanswered: 'failed',
  timeout: 'failed',
  rejected: 'failed',
  failed: 'failed',
};

/** The words that other carriers have for the same. */
const CALL_REASONS: Readonly<Record<string, string>> = { unanswered: 'no-answer', timeout: 'no-answer' };

export function readVonageReceipts(
  id: string,
  settings: VonageSettings,
  clock: Clock,
  request: ReceiptRequest,
): ReceiptReading {
  const { signatureSecret, receiptSecret } = settings;
  const isProtected = signatureSecret !== undefined || receiptSecret !== undefined;
  if (!isProtected || !hasRightPath(settings, request)) return { kind: 'forged' };
  const isCall = request.headers.authorization !== undefined;
  const parameters = readParameters(request);
  if (signatureSecret !== undefined) {
    const isGenuine = isCall
      ? isSignedCallback(request.headers.authorization, request.rawBody, signatureSecret, clock())
      : isSignedBy(parameters, signatureSecret, settings.signatureMethod ?? 'md5hash');
    if (!isGenuine) return { kind: 'forged' };
  }
  // Without a signature there is no token, so what speaks of a call is told by what it holds.
  return parameters.uuid === undefined
    ? readText(id, clock, parameters)
    : readCall(id, clock, parameters.uuid, parameters);
}

type Parameters = Readonly<Record<string, string>>;

function readText(id: string, clock: Clock, parameters: Parameters): ReceiptReading {
  const carrierMessageId = parameters.messageId ?? parameters['message-id'];
  const { status, 'err-code': errorCode = '0' } = parameters;
  if (!carrierMessageId || status === undefined) return { kind: 'malformed' };
  const state = Object.hasOwn(SMS_STATES, status) ? SMS_STATES[status] : undefined;
  if (state === undefined) return { kind: 'read', receipts: [] };
  const reason = errorCode === '0' ? undefined : toReason('vonage', errorCode);
  const receipt = { carrier: id, carrierMessageId, state, receivedAtMs: clock() };
  return { kind: 'read', receipts: [reason === undefined ? receipt : { ...receipt, reason }] };
}

function readCall(id: string, clock: Clock, uuid: string, { status = '' }: Parameters): ReceiptReading {
  const state = Object.hasOwn(CALL_STATES, status) ? CALL_STATES[status] : undefined;
  if (state === undefined) return { kind: 'read', receipts: [] };
  const reason = CALL_REASONS[status] ?? status;
  return {
    kind: 'read',
    receipts: [{ carrier: id, carrierMessageId: uuid, state, reason, receivedAtMs: clock() }],
  };
}

/** An account chooses between a query, a form and JSON for its receipts. */
function readParameters({ method, query, headers, rawBody }: ReceiptRequest): Parameters {
  if (method === 'GET') return Object.fromEntries(new URLSearchParams(query));
  const body = rawBody.toString('utf8');
  if (headers['content-type']?.includes('json') !== true)
    return Object.fromEntries(new URLSearchParams(body));
  const document = parseJson(body);
  if (typeof document !== 'object' || document === null) return {};
  const names = Object.keys(document);
  return Object.fromEntries(names.map((name) => [name, textAt(document, name) ?? '']));
}
