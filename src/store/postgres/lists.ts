/**
 * Lists, newest first by id. What grows is read by ranges of an index. Narrowed by a state, the verifications of the
 * tenant are walked until a page is full, since an index on what changes would cost every check: see docs/scaling.md.
 */
import type { Message } from '../../core/delivery.ts';
import { EVENT_TYPES, type Event } from '../../core/events.ts';
import type { Verification } from '../../core/verification.ts';
import type { Page } from '../../engine/ports/page.ts';
import type { EventFilter, MessageFilter, VerificationFilter } from '../../engine/ports.ts';
import { MESSAGE_COLUMNS, VERIFICATION_COLUMNS } from '../row-values.ts';
import {
  type EventRow,
  type MessageRow,
  toEvent,
  toMessage,
  toVerification,
  type VerificationRow,
} from '../rows.ts';
import { EVENT_COLUMNS } from './events.ts';
import type { Reader } from './reader.ts';
import { call, statement } from './statement.ts';

/** Above every id. */
export const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

const VERIFICATIONS = statement(`SELECT ${VERIFICATION_COLUMNS} FROM verifications
  WHERE tenant_id = $1 AND id < $2 AND ($4::text IS NULL OR state = $4) ORDER BY id DESC LIMIT $3`);
const VERIFICATIONS_OF_RECIPIENT = statement(`SELECT ${VERIFICATION_COLUMNS} FROM verifications
  WHERE tenant_id = $1 AND recipient_id = $5 AND id < $2 AND ($4::text IS NULL OR state = $4)
  ORDER BY id DESC LIMIT $3`);
const NEWEST_VERIFICATION = statement(`SELECT ${VERIFICATION_COLUMNS} FROM verifications WHERE id = coalesce(
    (SELECT v.id FROM live_verifications l JOIN verifications v ON v.id = l.verification_id
      WHERE l.recipient_id = $2 AND l.purpose = $3 AND v.tenant_id = $1 AND v.state = 'pending'
      ORDER BY v.id DESC LIMIT 1),
    (SELECT id FROM verifications
      WHERE recipient_id = $2 AND purpose = $3 AND tenant_id = $1 ORDER BY id DESC LIMIT 1))`);
const MESSAGES = statement(`SELECT ${MESSAGE_COLUMNS} FROM messages
  WHERE tenant_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3`);
const MESSAGES_OF_VERIFICATION = statement(`SELECT ${MESSAGE_COLUMNS} FROM messages
  WHERE verification_id = $4 AND tenant_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3`);
// Each type is a run of the index of its own; the newest of all runs are the newest of all.
const EVENTS = statement(`SELECT e.* FROM unnest($4::text[]) AS wanted (type), LATERAL (
    SELECT ${EVENT_COLUMNS} FROM events
    WHERE tenant_id = $1 AND type = wanted.type AND id < $2 ORDER BY id DESC LIMIT $3) AS e
  ORDER BY e.id DESC LIMIT $3`);
const EVENTS_OF_VERIFICATION = statement(`SELECT ${EVENT_COLUMNS} FROM events
  WHERE coalesce(verification_id, message_id) = $4 AND verification_id = $4 AND tenant_id = $1
    AND ($5::text IS NULL OR type = $5) AND ($6::uuid IS NULL OR message_id = $6) AND id < $2
  ORDER BY id DESC LIMIT $3`);
const EVENTS_OF_MESSAGE = statement(`SELECT ${EVENT_COLUMNS} FROM events
  WHERE coalesce(verification_id, message_id) =
      coalesce((SELECT verification_id FROM messages WHERE id = $4), $4)
    AND message_id = $4 AND tenant_id = $1 AND ($5::text IS NULL OR type = $5) AND id < $2
  ORDER BY id DESC LIMIT $3`);

export function createLists(reader: Reader) {
  return {
    verifications(
      tenantId: string,
      { state, recipientId }: VerificationFilter,
      { limit, beforeId = LAST_ID }: Page,
    ): Promise<readonly Verification[]> {
      const question =
        recipientId === undefined
          ? call(VERIFICATIONS, tenantId, beforeId, limit, state ?? null)
          : call(VERIFICATIONS_OF_RECIPIENT, tenantId, beforeId, limit, state ?? null, recipientId);
      return reader.list<VerificationRow, Verification>(question, toVerification);
    },
    newestVerification: (tenantId: string, recipientId: string, purpose: string) =>
      reader.find<VerificationRow, Verification>(
        call(NEWEST_VERIFICATION, tenantId, recipientId, purpose),
        toVerification,
      ),
    messages(
      tenantId: string,
      { verificationId }: MessageFilter,
      { limit, beforeId = LAST_ID }: Page,
    ): Promise<readonly Message[]> {
      const question =
        verificationId === undefined
          ? call(MESSAGES, tenantId, beforeId, limit)
          : call(MESSAGES_OF_VERIFICATION, tenantId, beforeId, limit, verificationId);
      return reader.list<MessageRow, Message>(question, toMessage);
    },
    events(
      tenantId: string,
      { verificationId, messageId, type }: EventFilter,
      { limit, beforeId = LAST_ID }: Page,
    ): Promise<readonly Event[]> {
      const range = [tenantId, beforeId, limit] as const;
      const question =
        verificationId !== undefined
          ? call(EVENTS_OF_VERIFICATION, ...range, verificationId, type ?? null, messageId ?? null)
          : messageId !== undefined
            ? call(EVENTS_OF_MESSAGE, ...range, messageId, type ?? null)
            : call(EVENTS, ...range, type === undefined ? EVENT_TYPES : [type]);
      return reader.list<EventRow, Event>(question, toEvent);
    },
  };
}
