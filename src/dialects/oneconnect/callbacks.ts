/**
 * OneConnect's delivery report: a form with the number that a code went to. The one callback that holds an address,
 * because its vendor's does; the code is in none.
 */
import type { CallbackFormat } from '../../core/callback.ts';
import type { EventType } from '../../core/events.ts';
import { DIALECT } from './mapping.ts';

/** The vendor documents `Delivered` and that there are others; theirs are not public. */
const STATUS_AFTER: Readonly<Partial<Record<EventType, string>>> = {
  'message.delivered': 'Delivered',
  'message.failed': 'Undelivered',
  'message.expired': 'Expired',
};
/** 0 is the vendor's for no error; what a carrier gave as its reason has no numbers here. */
const REASON_NONE = '0';
const REASON_OTHER = '1';

export const callbacks: CallbackFormat = {
  name: DIALECT,
  events: Object.keys(STATUS_AFTER) as EventType[],
  needsAddress: true,
  render({ event, subject }) {
    const form = new URLSearchParams({
      reference: event.verificationId ?? event.messageId ?? '',
      status: STATUS_AFTER[event.type] ?? '',
      reason: event.type === 'message.delivered' ? REASON_NONE : REASON_OTHER,
      // Bare digits, as in every example of the vendor's.
      destination: subject.to?.replace(/^\+/, '') ?? '',
    });
    return { contentType: 'application/x-www-form-urlencoded', body: form.toString() };
  },
};
