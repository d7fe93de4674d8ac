/** Submissions and the receipts on them: what a carrier called our message, and what it said before we knew. */
import type { Receipt, ReceiptState, Submission } from '../../core/delivery.ts';
import type { ReceiptWrites } from '../../engine/ports.ts';
import type { SubmissionRow } from '../rows.ts';
import { type Call, call, rowsInsert, statement } from './statement.ts';

const SUBMISSION_COLUMNS = 'carrier, carrier_message_id, message_id, part, parts, state, submitted_at_ms';
const RECEIPT_COLUMNS = 'carrier, carrier_message_id, state, reason, received_at_ms';

const NEWEST = `SELECT ${SUBMISSION_COLUMNS} FROM submissions
  WHERE carrier_message_id = $2 AND carrier = $1 ORDER BY submitted_at_ms DESC, message_id DESC LIMIT 1`;
const LOCK_MESSAGE = statement(`WITH newest AS MATERIALIZED (${NEWEST})
  SELECT id FROM messages WHERE id = (SELECT message_id FROM newest) FOR NO KEY UPDATE`);
// Two submits of one message by one carrier differ in their instant.
const FIND = statement(`WITH newest AS MATERIALIZED (${NEWEST})
  SELECT n.*, ARRAY (SELECT p.state FROM submissions p
    WHERE p.message_id = n.message_id AND n.parts > 1 AND p.carrier = n.carrier
      AND p.submitted_at_ms = n.submitted_at_ms ORDER BY p.part) AS part_states
  FROM newest n`);
const FIND_MESSAGE = (columns: string) => `WITH newest AS MATERIALIZED (${NEWEST})
  SELECT ${columns} FROM messages WHERE id = (SELECT message_id FROM newest)`;
const save = rowsInsert(
  `submissions (${SUBMISSION_COLUMNS})`,
  ['text', 'text', 'uuid', 'integer', 'integer', 'text', 'bigint'],
  `ON CONFLICT (message_id, carrier, carrier_message_id) DO UPDATE SET part = excluded.part,
    parts = excluded.parts, state = excluded.state, submitted_at_ms = excluded.submitted_at_ms`,
);
const SET_STATE = statement(`UPDATE submissions SET state = $4
  WHERE message_id = $1 AND carrier = $2 AND carrier_message_id = $3`);
/** A gauge that says 10 000 has said enough. */
export const COUNT_PARKED = statement(
  'SELECT count(*) AS count FROM (SELECT 1 FROM parked_receipts LIMIT 10000) AS parked',
);
const PARK = statement(`INSERT INTO parked_receipts (${RECEIPT_COLUMNS}) VALUES ($1, $2, $3, $4, $5)`);
const HAS_PARKED = statement(`SELECT EXISTS (SELECT 1 FROM parked_receipts
  WHERE carrier_message_id = ANY($2::text[]) AND carrier = $1) AS has_parked`);
const TAKE_PARKED = statement(`WITH taken AS (
    DELETE FROM parked_receipts WHERE carrier_message_id = ANY($2::text[]) AND carrier = $1
    RETURNING seq, ${RECEIPT_COLUMNS})
  SELECT ${RECEIPT_COLUMNS} FROM taken ORDER BY seq`);

export type LoadedSubmissionRow = SubmissionRow & { readonly part_states: readonly ReceiptState[] };

/** Locks the message that the newest submission under an id speaks of. */
export const lockMessageOf = (carrier: string, carrierMessageId: string): Call =>
  call(LOCK_MESSAGE, carrier, carrierMessageId);

export const findSubmission = (carrier: string, carrierMessageId: string): Call =>
  call(FIND, carrier, carrierMessageId);

export function createFindMessageOf(columns: string): (carrier: string, carrierMessageId: string) => Call {
  const find = statement(FIND_MESSAGE(columns));
  return (carrier, carrierMessageId) => call(find, carrier, carrierMessageId);
}

/** One statement cannot write a row twice: of parts that a carrier gave one id, the last stands for all. */
export function saveSubmissions(submissions: readonly Submission[]): Call {
  const byId = new Map(submissions.map((each) => [`${each.carrier}\n${each.carrierMessageId}`, each]));
  const rows = [...byId.values()].map((each) => [
    each.carrier,
    each.carrierMessageId,
    each.messageId,
    each.part,
    each.parts,
    each.state,
    each.submittedAtMs,
  ]);
  return save(rows);
}

export const setPartState = ({ messageId, carrier, carrierMessageId, partState }: ReceiptWrites): Call =>
  call(SET_STATE, messageId, carrier, carrierMessageId, partState);

export const parkReceipt = ({ carrier, carrierMessageId, state, reason, receivedAtMs }: Receipt): Call =>
  call(PARK, carrier, carrierMessageId, state, reason ?? null, receivedAtMs);

export const hasParked = (carrier: string, carrierMessageIds: readonly string[]): Call =>
  call(HAS_PARKED, carrier, carrierMessageIds);

/** In the order in which they came. */
export const takeParked = (carrier: string, carrierMessageIds: readonly string[]): Call =>
  call(TAKE_PARKED, carrier, carrierMessageIds);
