/**
 * What a webhook says in our own words: the thin event of Standard Webhooks, with ids and statuses. No address, no code
 * and no text of a message is in it: whoever needs them reads the verification or message with a key.
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#payload-structure
 */
import type { CallbackBody, CallbackInput } from '../core/callback.ts';
import type { EventType } from '../core/events.ts';
import { toIso } from '../lib/time.ts';

/** The status of the verification or message right after the event, whatever has become of it since. */
const STATUS_AFTER: Readonly<Partial<Record<EventType, string>>> = {
  'verification.created': 'pending',
  'verification.resent': 'pending',
  'verification.check_failed': 'pending',
  'verification.approved': 'approved',
  'verification.locked': 'locked',
  'verification.expired': 'expired',
  'verification.canceled': 'canceled',
  'message.created': 'queued',
  'message.accepted': 'accepted',
  'message.refused': 'queued',
  'message.deferred': 'queued',
  'message.unknown': 'queued',
  'message.delivered': 'delivered',
  'message.failed': 'failed',
  'message.expired': 'expired',
  'message.canceled': 'canceled',
  'message.unconfirmed': 'unconfirmed',
};

export function renderNativePayload({ event, subject }: CallbackInput): CallbackBody {
  const { channel, mode, clientReference, metadata } = subject;
  const payload = {
    type: event.type,
    timestamp: toIso(event.atMs),
    data: {
      eventId: event.id,
      verificationId: event.verificationId,
      messageId: event.messageId,
      status: STATUS_AFTER[event.type],
      channel,
      mode,
      clientReference,
      metadata,
      details: event.data,
    },
  };
  return { contentType: 'application/json', body: JSON.stringify(payload) };
}
