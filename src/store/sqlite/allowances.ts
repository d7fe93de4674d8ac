/** What is counted per recipient and per call: limit counters, failure budgets, idempotency records. */
import type { DatabaseSync } from 'node:sqlite';
import type { FailureBudget } from '../../core/failure-budget.ts';
import type { Counter } from '../../core/rate-limit.ts';
import type { IdempotencyRecord } from '../../engine/ports.ts';
import { type BudgetRow, type IdempotencyRow, toBudget, toIdempotencyRecord } from '../rows.ts';
import { prepareCommand, prepareQuery } from './prepare.ts';

const FIND_COUNTER = `SELECT count, started_at_ms AS startedAtMs, ends_at_ms AS endsAtMs FROM counters
  WHERE key = ?1`;
const SAVE_COUNTER = `INSERT INTO counters (key, count, started_at_ms, ends_at_ms) VALUES (?1, ?2, ?3, ?4)
  ON CONFLICT (key) DO UPDATE
  SET count = excluded.count, started_at_ms = excluded.started_at_ms, ends_at_ms = excluded.ends_at_ms`;
export const FIND_BUDGET = `SELECT failures, window_ends_at_ms, consecutive, blocked_until_ms FROM failure_budgets
  WHERE tenant_id = ?1 AND recipient_id = ?2`;
const SAVE_BUDGET = `INSERT INTO failure_budgets
    (tenant_id, recipient_id, failures, window_ends_at_ms, consecutive, blocked_until_ms)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6)
  ON CONFLICT (tenant_id, recipient_id) DO UPDATE
  SET failures = excluded.failures, window_ends_at_ms = excluded.window_ends_at_ms,
    consecutive = excluded.consecutive, blocked_until_ms = excluded.blocked_until_ms`;
const DELETE_BUDGET = 'DELETE FROM failure_budgets WHERE tenant_id = ?1 AND recipient_id = ?2';
const IDEMPOTENCY_COLUMNS = 'tenant_id, key, request_hash, verification_id, message_id, created_at_ms';
const FIND_IDEMPOTENCY = `SELECT ${IDEMPOTENCY_COLUMNS} FROM idempotency WHERE tenant_id = ?1 AND key = ?2`;
const INSERT_IDEMPOTENCY = `INSERT INTO idempotency (${IDEMPOTENCY_COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6)`;

export type AllowanceTables = ReturnType<typeof createAllowanceTables>;

export function createAllowanceTables(database: DatabaseSync) {
  const findCounter = prepareQuery<Omit<Counter, 'key'>>(database, FIND_COUNTER);
  const saveCounter = prepareCommand(database, SAVE_COUNTER);
  const findBudget = prepareQuery<BudgetRow>(database, FIND_BUDGET);
  const saveBudget = prepareCommand(database, SAVE_BUDGET);
  const deleteBudget = prepareCommand(database, DELETE_BUDGET);
  const findIdempotency = prepareQuery<IdempotencyRow>(database, FIND_IDEMPOTENCY);
  const insertIdempotency = prepareCommand(database, INSERT_IDEMPOTENCY);

  return {
    findCounters(keys: readonly string[]): ReadonlyMap<string, Counter> {
      const counters = new Map<string, Counter>();
      for (const key of keys) {
        const stored = findCounter.first(key);
        if (stored) counters.set(key, { key, ...stored });
      }
      return counters;
    },
    saveCounter({ key, count, startedAtMs, endsAtMs }: Counter): void {
      saveCounter(key, count, startedAtMs, endsAtMs);
    },
    findBudget(tenantId: string, recipientId: string): FailureBudget | undefined {
      const row = findBudget.first(tenantId, recipientId);
      return row && toBudget(row);
    },
    saveBudget(tenantId: string, recipientId: string, budget: FailureBudget | undefined): void {
      if (!budget) {
        deleteBudget(tenantId, recipientId);
        return;
      }
      const { failures, windowEndsAtMs, consecutive, blockedUntilMs } = budget;
      saveBudget(tenantId, recipientId, failures, windowEndsAtMs, consecutive, blockedUntilMs);
    },
    findIdempotency(tenantId: string, key: string): IdempotencyRecord | undefined {
      const row = findIdempotency.first(tenantId, key);
      return row && toIdempotencyRecord(row);
    },
    insertIdempotency(record: IdempotencyRecord): void {
      insertIdempotency(
        record.tenantId,
        record.key,
        record.requestHash,
        record.verificationId ?? null,
        record.messageId ?? null,
        record.createdAtMs,
      );
    },
  };
}
