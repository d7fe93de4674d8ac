/**
 * Statements on messages, with the leases on them. Every write that a lease protects is fenced by its number. A row of
 * `messages` is locked before its row of `unfinished_messages`, always.
 */
import type { Lease, Message } from '../../core/delivery.ts';
import type { AttemptWrites, Claim, ReceiptWrites } from '../../engine/ports.ts';
import { MESSAGE_COLUMNS, messageValues, toJsonList } from '../row-values.ts';
import { type Call, call, statement } from './statement.ts';

const DUE_AT = 'greatest(next_attempt_at_ms, coalesce(lease_until_ms, 0))';

export const FIND_MESSAGE = statement(
  `SELECT ${MESSAGE_COLUMNS} FROM messages WHERE id = $1 AND tenant_id = $2`,
);
const LOAD = statement(`SELECT ${MESSAGE_COLUMNS} FROM messages WHERE id = $1 FOR NO KEY UPDATE`);
const INSERT = statement(`WITH unfinished AS (
    INSERT INTO unfinished_messages (message_id, state, at_ms)
    SELECT $1::uuid, $8::text,
      CASE WHEN $8 = 'queued' THEN greatest($13::bigint, coalesce($20::bigint, 0)) ELSE $11::bigint END
    WHERE $8 IN ('queued', 'accepted'))
  INSERT INTO messages (${MESSAGE_COLUMNS})
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)`);
// What another transaction has locked is passed over; what it has changed since is looked at again before it is taken.
const CLAIM = statement(`WITH due AS (
    SELECT m.id FROM unfinished_messages u JOIN messages m ON m.id = u.message_id
    WHERE u.state = 'queued' AND u.at_ms <= $2
      AND m.state = 'queued' AND greatest(m.next_attempt_at_ms, coalesce(m.lease_until_ms, 0)) <= $2
    ORDER BY u.at_ms LIMIT $4 FOR NO KEY UPDATE OF m SKIP LOCKED),
  claimed AS (
    UPDATE messages SET lease_node = $1, lease_number = lease_number + 1, lease_until_ms = $3
    WHERE id IN (SELECT id FROM due) RETURNING ${MESSAGE_COLUMNS}),
  leased AS (UPDATE unfinished_messages u SET at_ms = $3 FROM claimed c WHERE u.message_id = c.id)
  SELECT ${MESSAGE_COLUMNS} FROM claimed ORDER BY next_attempt_at_ms, id`);
const RELEASE = statement(`WITH released AS (
    UPDATE messages m SET lease_node = NULL, lease_until_ms = NULL
    FROM unnest($1::uuid[], $2::text[], $3::integer[]) AS held (id, node, number)
    WHERE m.id = held.id AND m.lease_node = held.node AND m.lease_number = held.number
    RETURNING m.id, m.next_attempt_at_ms)
  UPDATE unfinished_messages u SET at_ms = coalesce(r.next_attempt_at_ms, 0)
  FROM released r WHERE u.message_id = r.id AND u.state = 'queued'`);
/** Brings `unfinished_messages` to where an update named `written` has left the messages. */
const FOLLOW = `finished AS (
    DELETE FROM unfinished_messages u USING written w
    WHERE u.message_id = w.id AND w.state NOT IN ('queued', 'accepted')),
  kept AS (
    INSERT INTO unfinished_messages (message_id, state, at_ms)
    SELECT id, state, CASE WHEN state = 'queued' THEN ${DUE_AT} ELSE updated_at_ms END
    FROM written WHERE state IN ('queued', 'accepted')
    ON CONFLICT (message_id) DO UPDATE SET state = excluded.state, at_ms = excluded.at_ms)`;
const WRITTEN_COLUMNS = 'id, state, updated_at_ms, next_attempt_at_ms, lease_until_ms';
// A message canceled while its attempt was under way may turn out to have been accepted, but is not queued again.
const RECORD_ATTEMPT = statement(`WITH written AS (
    UPDATE messages
    SET state = $4, attempt_count = $5, tried_carriers = $6, carrier = $7, next_attempt_at_ms = $8, failure = $9,
      content_sealed = CASE WHEN $10 THEN NULL ELSE content_sealed END, updated_at_ms = $11,
      lease_node = CASE WHEN $12 THEN lease_node END, lease_until_ms = CASE WHEN $12 THEN lease_until_ms END
    WHERE id = $1 AND lease_node = $2 AND lease_number = $3 AND NOT (state = 'canceled' AND $4 = 'queued')
    RETURNING ${WRITTEN_COLUMNS}),
  ${FOLLOW}
  SELECT id FROM written`);
const RECORD_RECEIPT = statement(`WITH written AS (
    UPDATE messages
    SET state = $2, updated_at_ms = $4,
      failure = CASE WHEN $2 = 'delivered' THEN NULL ELSE coalesce($3, failure) END
    WHERE id = $1 RETURNING ${WRITTEN_COLUMNS}),
  ${FOLLOW}
  SELECT id FROM written`);
const FIND_UNCONFIRMED = statement(`WITH waiting AS MATERIALIZED (
    SELECT message_id FROM unfinished_messages WHERE state = 'accepted' AND at_ms < $1 ORDER BY at_ms LIMIT $2)
  SELECT ${MESSAGE_COLUMNS} FROM messages
  WHERE id = ANY (ARRAY (SELECT message_id FROM waiting)) ORDER BY updated_at_ms, id`);
const CLOSE = statement(`WITH unconfirmed AS (
    SELECT id FROM messages WHERE id = ANY($1::uuid[]) AND state = 'accepted' AND updated_at_ms < $2
    ORDER BY id FOR NO KEY UPDATE SKIP LOCKED),
  written AS (
    UPDATE messages SET state = 'unconfirmed', updated_at_ms = $3 WHERE id IN (SELECT id FROM unconfirmed)
    RETURNING ${WRITTEN_COLUMNS}),
  ${FOLLOW}
  SELECT id FROM written`);
export const COUNT_QUEUED = statement(
  `SELECT count(*) AS count FROM unfinished_messages WHERE state = 'queued'`,
);

export const loadMessage = (id: string): Call => call(LOAD, id);

export const insertMessage = (message: Message): Call => call(INSERT, ...messageValues(message));

export const claimMessages = ({ node, nowMs, leaseUntilMs, limit }: Claim): Call =>
  call(CLAIM, node, nowMs, leaseUntilMs, limit);

export const releaseMessages = (
  held: readonly { readonly messageId: string; readonly lease: Lease }[],
): Call =>
  call(
    RELEASE,
    held.map(({ messageId }) => messageId),
    held.map(({ lease }) => lease.node),
    held.map(({ lease }) => lease.number),
  );

export const recordAttempt = (writes: AttemptWrites): Call =>
  call(
    RECORD_ATTEMPT,
    writes.messageId,
    writes.lease.node,
    writes.lease.number,
    writes.state,
    writes.attemptCount,
    toJsonList(writes.triedCarriers),
    writes.carrier ?? null,
    writes.nextAttemptAtMs ?? null,
    writes.failure ?? null,
    writes.erasesContent,
    writes.updatedAtMs,
    writes.keepsLease,
  );

export const recordReceipt = ({ messageId, messageState, failure, updatedAtMs }: ReceiptWrites): Call =>
  call(RECORD_RECEIPT, messageId, messageState, failure ?? null, updatedAtMs);

export const findUnconfirmed = (beforeMs: number, limit: number): Call =>
  call(FIND_UNCONFIRMED, beforeMs, limit);

export const closeUnconfirmed = (ids: readonly string[], beforeMs: number, nowMs: number): Call =>
  call(CLOSE, ids, beforeMs, nowMs);
