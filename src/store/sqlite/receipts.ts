/** Submissions and the receipts on them: what a carrier called our message, and what it said before we knew. */
import type { DatabaseSync } from 'node:sqlite';
import type { Receipt, ReceiptState, Submission } from '../../core/delivery.ts';
import { type ReceiptRow, type SubmissionRow, toReceipt, toSubmission } from '../rows.ts';
import { prepareCommand, prepareQuery } from './prepare.ts';

const SUBMISSION_COLUMNS = 'carrier, carrier_message_id, message_id, part, parts, state, submitted_at_ms';
const RECEIPT_COLUMNS = 'carrier, carrier_message_id, state, reason, received_at_ms';

const FIND = `SELECT ${SUBMISSION_COLUMNS} FROM submissions WHERE carrier = ?1 AND carrier_message_id = ?2`;
// Two submits of one message by one carrier differ in their instant.
const FIND_PARTS = `SELECT state FROM submissions
  WHERE message_id = ?1 AND parts > 1 AND carrier = ?2 AND submitted_at_ms = ?3 ORDER BY part`;
// Some carriers count their ids round: the newest submission under an id is the one that receipts speak of.
const SAVE = `INSERT INTO submissions (${SUBMISSION_COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
  ON CONFLICT (carrier, carrier_message_id) DO UPDATE SET message_id = excluded.message_id, part = excluded.part,
    parts = excluded.parts, state = excluded.state, submitted_at_ms = excluded.submitted_at_ms`;
const SET_STATE = 'UPDATE submissions SET state = ?3 WHERE carrier = ?1 AND carrier_message_id = ?2';
const PARK = `INSERT INTO parked_receipts (${RECEIPT_COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5)`;
/** A gauge that says 10 000 has said enough. */
export const COUNT_PARKED = 'SELECT count(*) AS count FROM (SELECT 1 FROM parked_receipts LIMIT 10000)';
const TAKE_PARKED = `DELETE FROM parked_receipts WHERE carrier = ?1 AND carrier_message_id = ?2
  RETURNING seq, ${RECEIPT_COLUMNS}`;

export type ReceiptTable = ReturnType<typeof createReceiptTable>;

export function createReceiptTable(database: DatabaseSync) {
  const find = prepareQuery<SubmissionRow>(database, FIND);
  const findParts = prepareQuery<Pick<SubmissionRow, 'state'>>(database, FIND_PARTS);
  const save = prepareCommand(database, SAVE);
  const setState = prepareCommand(database, SET_STATE);
  const park = prepareCommand(database, PARK);
  const takeParked = prepareQuery<ReceiptRow & { readonly seq: number }>(database, TAKE_PARKED);

  return {
    findSubmission(carrier: string, carrierMessageId: string): Submission | undefined {
      const row = find.first(carrier, carrierMessageId);
      return row && toSubmission(row);
    },
    findPartStates(submission: Submission): readonly ReceiptState[] {
      if (submission.parts === 1) return [submission.state];
      const { messageId, carrier, submittedAtMs } = submission;
      return findParts.all(messageId, carrier, submittedAtMs).map(({ state }) => state);
    },
    saveSubmission(submission: Submission): void {
      save(
        submission.carrier,
        submission.carrierMessageId,
        submission.messageId,
        submission.part,
        submission.parts,
        submission.state,
        submission.submittedAtMs,
      );
    },
    setState,
    park({ carrier, carrierMessageId, state, reason, receivedAtMs }: Receipt): void {
      park(carrier, carrierMessageId, state, reason ?? null, receivedAtMs);
    },
    /** In the order in which they came. */
    takeParked(carrier: string, carrierMessageIds: readonly string[]): readonly Receipt[] {
      return carrierMessageIds
        .flatMap((id) => takeParked.all(carrier, id))
        .sort((a, b) => a.seq - b.seq)
        .map(toReceipt);
    },
  };
}
