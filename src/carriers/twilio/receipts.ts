/** Status callbacks of messages and calls, as receipts. */
import type { ReceiptState } from '../../core/delivery.ts';
import type { ReceiptReading, ReceiptRequest } from '../../engine/ports/receipt-source.ts';
import type { Clock } from '../../lib/time.ts';
import { calledUrl, hasRightPath } from '../kit/receipt-url.ts';
import { toReason } from '../kit/verdict.ts';
import { isSignedForm } from './request-signature.ts';
import type { TwilioSettings } from './settings.ts';

/** @see https://www.twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks */
const MESSAGE_STATES: Readonly<Record<string, ReceiptState>> = {
  accepted: 'accepted',
  scheduled: 'accepted',
  queued: 'accepted',
  sending: 'accepted',
  sent: 'accepted',
  delivered: 'delivered',
  read: 'delivered',
  undelivered: 'failed',
  failed: 'failed',
  canceled: 'failed',
};

/**
 * A call that was answered has said the code, or is about to; whether to a person or a mailbox nobody knows.
 *
 * @see https://www.twilio.com/docs/voice/api/call-resource#call-status-values
 */
const CALL_STATES: Readonly<Record<string, ReceiptState>> = {
  queued: 'accepted',
  initiated: 'accepted',
  ringing: 'accepted',
  'in-progress': 'delivered',
  completed: 'delivered',
  busy: 'failed',
  'no-answer': 'failed',
  canceled: 'failed',
  failed: 'failed',
};

export function readTwilioReceipts(
  id: string,
  settings: TwilioSettings,
  clock: Clock,
  request: ReceiptRequest,
): ReceiptReading {
  const { headers } = request;
  const { publicUrl } = settings;
  const signature = headers['x-twilio-signature'] ?? headers['x-signalwire-signature'];
  if (publicUrl === undefined || signature === undefined || !hasRightPath(settings, request)) {
    return { kind: 'forged' };
  }
  const form = new URLSearchParams(request.method === 'POST' ? request.rawBody.toString('utf8') : '');
  const key = settings.signingKey ?? settings.authToken;
  if (!isSignedForm(key, calledUrl(id, publicUrl, request), form, signature)) return { kind: 'forged' };

  const callSid = form.get('CallSid');
  const carrierMessageId = callSid ?? form.get('MessageSid') ?? form.get('SmsSid');
  const status = form.get('CallStatus') ?? form.get('MessageStatus') ?? form.get('SmsStatus');
  if (!carrierMessageId || !status) return { kind: 'malformed' };
  const states = callSid === null ? MESSAGE_STATES : CALL_STATES;
  const state = Object.hasOwn(states, status) ? states[status] : undefined;
  if (state === undefined) return { kind: 'read', receipts: [] };
  const errorCode = form.get('ErrorCode');
  const reason = errorCode
    ? toReason('twilio', errorCode)
    : callSid !== null || state === 'failed'
      ? status
      : undefined;
  const receipt = { carrier: id, carrierMessageId, state, receivedAtMs: clock() };
  return { kind: 'read', receipts: [reason === undefined ? receipt : { ...receipt, reason }] };
}
