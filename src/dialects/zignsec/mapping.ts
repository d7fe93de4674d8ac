/** Between ZignSec's words and the engine's: pure, in both directions. A session is a message with a bound on its parts. */
import type { MessageState } from '../../core/delivery.ts';
import type { MessageCommand, MessageView } from '../../engine/engine.ts';
import type { SessionBody, SessionStatus } from './schema.ts';

export const DIALECT = 'zignsec';

const STATUS_OF: Readonly<Record<MessageState, SessionStatus>> = {
  queued: 'pending',
  accepted: 'dispatched',
  // No receipt came in the waiting time, so nothing more is known than before.
  unconfirmed: 'dispatched',
  delivered: 'delivered',
  failed: 'failed',
  expired: 'failed',
  canceled: 'failed',
};

/** The relay state is kept as the client reference, where callbacks find it too. */
export function toMessageCommand({ metadata, relay_state, webhook }: SessionBody): MessageCommand {
  return {
    dialect: DIALECT,
    to: metadata.to,
    channel: 'sms',
    body: metadata.message,
    sender: metadata.from,
    segmentsMax: metadata.max_message_parts,
    policy: { numberStrictness: 'possible' },
    ...(relay_state !== undefined && { clientReference: relay_state }),
    ...(webhook !== undefined && { webhook: { url: webhook, format: DIALECT } }),
  };
}

export function fromCreated({ id, state }: MessageView) {
  return { data: { id, status: STATUS_OF[state] } };
}

/** Undefined for a message that is no session: one that carries a code, or came through another API without a bound. */
export function fromSession(view: MessageView) {
  const { id, sender, segmentsMax, body, to } = view;
  if (sender === undefined || segmentsMax === undefined || body === undefined) return undefined;
  return {
    data: {
      request_data: {
        metadata: { from: sender, max_message_parts: segmentsMax, message: body, to },
        relay_state: view.clientReference ?? null,
        webhook: view.webhook ?? null,
      },
      id,
      number_of_message_parts: view.segments,
      status: STATUS_OF[view.state],
    },
  };
}
