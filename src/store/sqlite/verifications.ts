/** Verifications of one connection: written, settled and found. Nothing here decides what may follow what. */
import type { DatabaseSync } from 'node:sqlite';
import type { Verification } from '../../core/verification.ts';
import type { VerificationSettlement } from '../../engine/ports.ts';
import { VERIFICATION_COLUMNS, verificationValues } from '../row-values.ts';
import { type MessageRow, toVerification, type VerificationRow } from '../rows.ts';
import { prepareCommand, prepareQuery } from './prepare.ts';

export const FIND_VERIFICATION = `SELECT ${VERIFICATION_COLUMNS} FROM verifications WHERE id = ?1 AND tenant_id = ?2`;
export const FIND_PENDING = `SELECT ${VERIFICATION_COLUMNS} FROM verifications
  WHERE recipient_id = ?1 AND purpose = ?2 AND state = 'pending' AND tenant_id = ?3 ORDER BY seq DESC LIMIT 1`;
const FIND_OVERDUE = `SELECT ${VERIFICATION_COLUMNS} FROM verifications
  WHERE state = 'pending' AND expires_at_ms <= ?1 ORDER BY expires_at_ms LIMIT ?2`;
const INSERT = `INSERT INTO verifications (${VERIFICATION_COLUMNS})
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)`;
const COUNT_SEND = 'UPDATE verifications SET send_count = ?2, last_send_at_ms = ?3 WHERE id = ?1';
const COUNT_CHECK = 'UPDATE verifications SET check_count = ?2 WHERE id = ?1';
const SETTLE = `UPDATE verifications
  SET state = ?2, settled_at_ms = ?3, content_sealed = NULL, check_count = coalesce(?4, check_count)
  WHERE id = ?1 AND state = 'pending'`;
const CANCEL_MESSAGES = `UPDATE messages
  SET content_sealed = NULL,
    state = iif(state = 'queued', 'canceled', state),
    next_attempt_at_ms = iif(state = 'queued', NULL, next_attempt_at_ms),
    updated_at_ms = iif(state = 'queued', ?2, updated_at_ms)
  WHERE verification_id = ?1 AND (state = 'queued' OR content_sealed IS NOT NULL)
  RETURNING id, state`;

export type VerificationTable = ReturnType<typeof createVerificationTable>;

export function createVerificationTable(database: DatabaseSync) {
  const find = prepareQuery<VerificationRow>(database, FIND_VERIFICATION);
  const findPending = prepareQuery<VerificationRow>(database, FIND_PENDING);
  const findOverdue = prepareQuery<VerificationRow>(database, FIND_OVERDUE);
  const insert = prepareCommand(database, INSERT);
  const countSend = prepareCommand(database, COUNT_SEND);
  const countCheck = prepareCommand(database, COUNT_CHECK);
  const settle = prepareCommand(database, SETTLE);
  const cancelMessages = prepareQuery<Pick<MessageRow, 'id' | 'state'>>(database, CANCEL_MESSAGES);

  return {
    find(tenantId: string, id: string): Verification | undefined {
      const row = find.first(id, tenantId);
      return row && toVerification(row);
    },
    findPending(tenantId: string, recipientId: string, purpose: string): Verification | undefined {
      const row = findPending.first(recipientId, purpose, tenantId);
      return row && toVerification(row);
    },
    findOverdue: (nowMs: number, limit: number) => findOverdue.all(nowMs, limit).map(toVerification),
    insert(verification: Verification): void {
      insert(...verificationValues(verification));
    },
    countSend,
    countCheck,
    /**
     * The ids of the messages canceled with it; undefined where it was settled already, and then nothing is written.
     *
     * @param checkCount written along where a check is what settles it
     */
    settle(
      { verificationId, state, settledAtMs }: VerificationSettlement,
      checkCount?: number,
    ): readonly string[] | undefined {
      if (settle(verificationId, state, settledAtMs, checkCount ?? null) === 0) return undefined;
      // A canceled message has no content, so one that comes back as canceled was queued until now.
      return cancelMessages
        .all(verificationId, settledAtMs)
        .filter((message) => message.state === 'canceled')
        .map(({ id }) => id);
    },
  };
}
