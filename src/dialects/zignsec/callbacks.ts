/** ZignSec's webhook: one flat object for each change of a session's status. */
import type { CallbackFormat } from '../../core/callback.ts';
import type { EventType } from '../../core/events.ts';
import { DIALECT } from './mapping.ts';
import type { SessionStatus } from './schema.ts';

/** The vendor's name for the product whose sessions these are. */
const INTEGRATION_ID = 'Zignsec.v5.SMS';

/** `unconfirmed` changes nothing on the wire: the session stays dispatched. */
const STATUS_AFTER: Readonly<Partial<Record<EventType, SessionStatus>>> = {
  'message.accepted': 'dispatched',
  'message.delivered': 'delivered',
  'message.failed': 'failed',
  'message.expired': 'failed',
  'message.canceled': 'failed',
};

export const callbacks: CallbackFormat = {
  name: DIALECT,
  events: Object.keys(STATUS_AFTER) as EventType[],
  needsAddress: false,
  signature: { header: 'x-zignsec-hmac-sha256', scheme: 'timestamped-hex' },
  render({ event, subject }) {
    const body = JSON.stringify({
      event: 'session_finished',
      id: event.messageId,
      integration_id: INTEGRATION_ID,
      number_of_message_parts: subject.segments,
      relay_state: subject.clientReference ?? null,
      status: STATUS_AFTER[event.type],
      workflow_session_id: null,
    });
    return { contentType: 'application/json', body };
  },
};
