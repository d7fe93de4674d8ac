/** Messages of one connection, with the leases on them. Every write that a lease protects is fenced by its number. */
import type { DatabaseSync } from 'node:sqlite';
import type { Lease, Message } from '../../core/delivery.ts';
import type { AttemptWrites, Claim, ReceiptWrites } from '../../engine/ports.ts';
import { MESSAGE_COLUMNS, messageValues, toJsonList } from '../row-values.ts';
import { type MessageRow, toMessage } from '../rows.ts';
import { prepareCommand, prepareQuery } from './prepare.ts';

/** Spelled as in the index `messages_due`. */
const DUE_AT = 'max(next_attempt_at_ms, coalesce(lease_until_ms, 0))';

const FIND = `SELECT ${MESSAGE_COLUMNS} FROM messages WHERE id = ?1`;
const FIND_UNCONFIRMED = `SELECT ${MESSAGE_COLUMNS} FROM messages
  WHERE state = 'accepted' AND updated_at_ms < ?1 ORDER BY updated_at_ms LIMIT ?2`;
const INSERT = `INSERT INTO messages (${MESSAGE_COLUMNS})
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23)`;
const CLAIM = `UPDATE messages SET lease_node = ?1, lease_number = lease_number + 1, lease_until_ms = ?3
  WHERE seq IN (SELECT seq FROM messages WHERE state = 'queued' AND ${DUE_AT} <= ?2 ORDER BY ${DUE_AT} LIMIT ?4)
  RETURNING ${MESSAGE_COLUMNS}`;
const RELEASE = `UPDATE messages SET lease_node = NULL, lease_until_ms = NULL
  WHERE id = ?1 AND lease_node = ?2 AND lease_number = ?3`;
// A message canceled while its attempt was under way may turn out to have been accepted, but is not queued again.
const RECORD_ATTEMPT = `UPDATE messages
  SET state = ?4, attempt_count = ?5, tried_carriers = ?6, carrier = ?7, next_attempt_at_ms = ?8, failure = ?9,
    content_sealed = iif(?10, NULL, content_sealed), updated_at_ms = ?11,
    lease_node = iif(?12, lease_node, NULL), lease_until_ms = iif(?12, lease_until_ms, NULL)
  WHERE id = ?1 AND lease_node = ?2 AND lease_number = ?3 AND NOT (state = 'canceled' AND ?4 = 'queued')`;
const RECORD_RECEIPT = `UPDATE messages
  SET state = ?2, failure = iif(?2 = 'delivered', NULL, coalesce(?3, failure)), updated_at_ms = ?4 WHERE id = ?1`;
const CLOSE = `UPDATE messages SET state = 'unconfirmed', updated_at_ms = ?2 WHERE id = ?1`;
export const COUNT_QUEUED = `SELECT count(*) AS count FROM messages WHERE state = 'queued'`;

export type MessageTable = ReturnType<typeof createMessageTable>;

export function createMessageTable(database: DatabaseSync) {
  const find = prepareQuery<MessageRow>(database, FIND);
  const findUnconfirmed = prepareQuery<MessageRow>(database, FIND_UNCONFIRMED);
  const insert = prepareCommand(database, INSERT);
  const claim = prepareQuery<MessageRow>(database, CLAIM);
  const release = prepareCommand(database, RELEASE);
  const recordAttempt = prepareCommand(database, RECORD_ATTEMPT);
  const recordReceipt = prepareCommand(database, RECORD_RECEIPT);
  const close = prepareCommand(database, CLOSE);

  return {
    find(id: string): Message | undefined {
      const row = find.first(id);
      return row && toMessage(row);
    },
    findUnconfirmed: (beforeMs: number, limit: number) => findUnconfirmed.all(beforeMs, limit).map(toMessage),
    insert(message: Message): void {
      insert(...messageValues(message));
    },
    claim({ node, nowMs, leaseUntilMs, limit }: Claim): readonly Message[] {
      const messages = claim.all(node, nowMs, leaseUntilMs, limit).map(toMessage);
      // RETURNING keeps no order.
      return messages.sort(
        (a, b) => (a.nextAttemptAtMs ?? 0) - (b.nextAttemptAtMs ?? 0) || (a.id < b.id ? -1 : 1),
      );
    },
    release: (id: string, lease: Lease) => release(id, lease.node, lease.number),
    recordAttempt(writes: AttemptWrites): boolean {
      return (
        recordAttempt(
          writes.messageId,
          writes.lease.node,
          writes.lease.number,
          writes.state,
          writes.attemptCount,
          toJsonList(writes.triedCarriers),
          writes.carrier ?? null,
          writes.nextAttemptAtMs ?? null,
          writes.failure ?? null,
          writes.erasesContent ? 1 : 0,
          writes.updatedAtMs,
          writes.keepsLease ? 1 : 0,
        ) > 0
      );
    },
    recordReceipt({ messageId, messageState, failure, updatedAtMs }: ReceiptWrites): void {
      recordReceipt(messageId, messageState, failure ?? null, updatedAtMs);
    },
    close,
  };
}
