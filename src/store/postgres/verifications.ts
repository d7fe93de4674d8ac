/** Statements on verifications. Nothing here decides what may follow what. */
import type { Verification } from '../../core/verification.ts';
import type { VerificationSettlement } from '../../engine/ports.ts';
import { VERIFICATION_COLUMNS, verificationValues } from '../row-values.ts';
import type { VerificationRow } from '../rows.ts';
import { type Call, call, statement } from './statement.ts';

export const FIND_VERIFICATION = statement(
  `SELECT ${VERIFICATION_COLUMNS} FROM verifications WHERE id = $1 AND tenant_id = $2`,
);
/** Whether settling it would cancel or erase a message. It stays false as long as the recipient is locked. */
const HAS_OPEN_MESSAGES = `EXISTS (SELECT 1 FROM messages m
  WHERE m.verification_id = v.id AND (m.state = 'queued' OR m.content_sealed IS NOT NULL)) AS has_open_messages`;
const LOAD = statement(`SELECT ${VERIFICATION_COLUMNS}, ${HAS_OPEN_MESSAGES} FROM verifications v
  WHERE id = $1 AND tenant_id = $2 FOR NO KEY UPDATE`);
const LOAD_PENDING = statement(`WITH newest AS MATERIALIZED (
    SELECT verification_id AS id FROM live_verifications
    WHERE recipient_id = $1 AND purpose = $2 AND tenant_id = $3 ORDER BY verification_id DESC LIMIT 1)
  SELECT ${VERIFICATION_COLUMNS}, ${HAS_OPEN_MESSAGES} FROM verifications v
  WHERE id = (SELECT id FROM newest) AND state = 'pending' FOR NO KEY UPDATE`);
const FIND_OVERDUE = statement(`WITH overdue AS MATERIALIZED (
    SELECT verification_id FROM live_verifications WHERE expires_at_ms <= $1 ORDER BY expires_at_ms LIMIT $2)
  SELECT ${VERIFICATION_COLUMNS} FROM verifications
  WHERE id = ANY (ARRAY (SELECT verification_id FROM overdue)) AND state = 'pending' ORDER BY expires_at_ms, id`);
// Whoever sweeps at the same time takes others.
const LOCK_PENDING = statement(`SELECT id FROM verifications
  WHERE id = ANY($1::uuid[]) AND state = 'pending' ORDER BY id FOR NO KEY UPDATE SKIP LOCKED`);
const INSERT = statement(`WITH live AS (
    INSERT INTO live_verifications (verification_id, recipient_id, tenant_id, expires_at_ms, purpose)
    SELECT $1::uuid, $3::uuid, $2::uuid, $13::bigint, $4::text WHERE $8::text = 'pending')
  INSERT INTO verifications (${VERIFICATION_COLUMNS})
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)`);
const COUNT_SEND = statement('UPDATE verifications SET send_count = $2, last_send_at_ms = $3 WHERE id = $1');
const COUNT_CHECK = statement('UPDATE verifications SET check_count = $2 WHERE id = $1');
// A canceled message has no content, so one that comes back as canceled was queued until now.
const SETTLE = statement(`WITH settled AS (
    UPDATE verifications
    SET state = $2, settled_at_ms = $3, content_sealed = NULL, check_count = coalesce($4, check_count)
    WHERE id = ANY($1::uuid[]) AND state = 'pending' RETURNING id, recipient_id),
  gone AS (
    DELETE FROM live_verifications l USING settled s
    WHERE l.recipient_id = s.recipient_id AND l.verification_id = s.id),
  erased AS (
    UPDATE messages m
    SET content_sealed = NULL,
      state = CASE WHEN m.state = 'queued' THEN 'canceled' ELSE m.state END,
      next_attempt_at_ms = CASE WHEN m.state = 'queued' THEN NULL ELSE m.next_attempt_at_ms END,
      updated_at_ms = CASE WHEN m.state = 'queued' THEN $3 ELSE m.updated_at_ms END
    FROM settled s WHERE m.verification_id = s.id AND (m.state = 'queued' OR m.content_sealed IS NOT NULL)
    RETURNING m.id, m.verification_id, m.state),
  unqueued AS (
    DELETE FROM unfinished_messages u USING erased e WHERE u.message_id = e.id AND e.state = 'canceled')
  SELECT s.id AS verification_id, e.id AS message_id,
    EXISTS (SELECT FROM ledger l WHERE l.message_id = e.id AND l.kind = 'charge') AS was_charged
  FROM settled s LEFT JOIN erased e ON e.verification_id = s.id AND e.state = 'canceled' ORDER BY e.id`);

export type LoadedVerificationRow = VerificationRow & { readonly has_open_messages: boolean };
/** One row for each message canceled with it, or one without. */
export interface SettledRow {
  readonly verification_id: string;
  readonly message_id: string | null;
  readonly was_charged: boolean;
}

export const loadVerification = (tenantId: string, id: string): Call => call(LOAD, id, tenantId);

export const loadPending = (tenantId: string, recipientId: string, purpose: string): Call =>
  call(LOAD_PENDING, recipientId, purpose, tenantId);

export const findOverdue = (nowMs: number, limit: number): Call => call(FIND_OVERDUE, nowMs, limit);

export const lockPending = (ids: readonly string[]): Call => call(LOCK_PENDING, ids);

export const insertVerification = (verification: Verification): Call =>
  call(INSERT, ...verificationValues(verification));

export const countSend = (id: string, sendCount: number, lastSendAtMs: number): Call =>
  call(COUNT_SEND, id, sendCount, lastSendAtMs);

export const countCheck = (id: string, checkCount: number): Call => call(COUNT_CHECK, id, checkCount);

/** @param checkCount written along where a check is what settles it */
export const settleVerification = (
  { verificationId, state, settledAtMs }: VerificationSettlement,
  checkCount?: number,
): Call => call(SETTLE, [verificationId], state, settledAtMs, checkCount ?? null);

export const expireVerifications = (ids: readonly string[], settledAtMs: number): Call =>
  call(SETTLE, ids, 'expired', settledAtMs, null);
