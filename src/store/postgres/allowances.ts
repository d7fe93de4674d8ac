/** What is counted per recipient and per call: limit counters, failure budgets, idempotency records. */
import type { FailureBudget } from '../../core/failure-budget.ts';
import type { Counter } from '../../core/rate-limit.ts';
import type { IdempotencyRecord, SendQuery } from '../../engine/ports.ts';
import type { BudgetRow, IdempotencyRow } from '../rows.ts';
import { type Call, call, rowsInsert, statement } from './statement.ts';

const IDEMPOTENCY_COLUMNS = 'tenant_id, key, request_hash, verification_id, message_id, created_at_ms';
// Everything that a send depends on but the verification: one row for each counter, or one without.
const LOAD = statement(`SELECT b.failures, b.window_ends_at_ms, b.consecutive, b.blocked_until_ms,
    i.request_hash, i.verification_id, i.message_id, i.created_at_ms,
    EXISTS (SELECT FROM accounts a WHERE a.tenant_id = $1) AS has_account,
    c.key AS counter_key, c.count, c.started_at_ms, c.ends_at_ms
  FROM (SELECT) AS one
  LEFT JOIN failure_budgets b ON b.tenant_id = $1 AND b.recipient_id = $2
  LEFT JOIN idempotency i ON i.tenant_id = $1 AND i.key = $3
  LEFT JOIN counters c ON c.key = ANY($4::text[])`);
const insertCounters = rowsInsert(
  'counters (key, count, started_at_ms, ends_at_ms)',
  ['text', 'integer', 'bigint', 'bigint'],
  `ON CONFLICT (key) DO UPDATE
  SET count = excluded.count, started_at_ms = excluded.started_at_ms, ends_at_ms = excluded.ends_at_ms`,
);
export const FIND_BUDGET = statement(`SELECT failures, window_ends_at_ms, consecutive, blocked_until_ms
  FROM failure_budgets WHERE tenant_id = $1 AND recipient_id = $2`);
const FIND_BUDGET_OF = statement(`SELECT failures, window_ends_at_ms, consecutive, blocked_until_ms
  FROM failure_budgets
  WHERE tenant_id = $2 AND recipient_id = (SELECT recipient_id FROM verifications WHERE id = $1 AND tenant_id = $2)`);
const SAVE_BUDGET = statement(`INSERT INTO failure_budgets
    (tenant_id, recipient_id, failures, window_ends_at_ms, consecutive, blocked_until_ms)
  VALUES ($1, $2, $3, $4, $5, $6)
  ON CONFLICT (tenant_id, recipient_id) DO UPDATE
  SET failures = excluded.failures, window_ends_at_ms = excluded.window_ends_at_ms,
    consecutive = excluded.consecutive, blocked_until_ms = excluded.blocked_until_ms`);
const DELETE_BUDGET = statement('DELETE FROM failure_budgets WHERE tenant_id = $1 AND recipient_id = $2');
const INSERT_IDEMPOTENCY = statement(
  `INSERT INTO idempotency (${IDEMPOTENCY_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6)`,
);

/** All of it is null where there is none. */
export interface AllowancesRow
  extends Nullable<BudgetRow>,
    Nullable<IdempotencyColumns>,
    Nullable<CounterColumns> {
  readonly has_account: boolean;
}
type Nullable<Columns> = { readonly [Column in keyof Columns]: Columns[Column] | null };
type IdempotencyColumns = Omit<IdempotencyRow, 'tenant_id' | 'key'>;
interface CounterColumns {
  readonly counter_key: string;
  readonly count: number;
  readonly started_at_ms: number;
  readonly ends_at_ms: number;
}

export const loadAllowances = ({ tenantId, recipientId, idempotencyKey, counterKeys }: SendQuery): Call =>
  call(LOAD, tenantId, recipientId, idempotencyKey ?? null, counterKeys);

export function toCounters(rows: readonly AllowancesRow[]): ReadonlyMap<string, Counter> {
  const counters = new Map<string, Counter>();
  for (const { counter_key: key, count, started_at_ms, ends_at_ms } of rows) {
    if (key === null) continue;
    counters.set(key, {
      key,
      count: count ?? 0,
      startedAtMs: started_at_ms ?? 0,
      endsAtMs: ends_at_ms ?? 0,
    });
  }
  return counters;
}

/** Narrow a row to what it holds of each kind. */
export const hasBudget = (row: AllowancesRow | undefined): row is AllowancesRow & BudgetRow =>
  row !== undefined && row.failures !== null;
export const hasIdempotency = (row: AllowancesRow | undefined): row is AllowancesRow & IdempotencyColumns =>
  row !== undefined && row.request_hash !== null;

/** Locks the rows in the order of their keys, as everybody does. */
export const saveCounters = (counters: readonly Counter[]): Call =>
  insertCounters(
    counters
      .toSorted((one, other) => (one.key < other.key ? -1 : 1))
      .map(({ key, count, startedAtMs, endsAtMs }) => [key, count, startedAtMs, endsAtMs]),
  );

export const findBudget = (tenantId: string, recipientId: string): Call =>
  call(FIND_BUDGET, tenantId, recipientId);

export const findBudgetOf = (tenantId: string, verificationId: string): Call =>
  call(FIND_BUDGET_OF, verificationId, tenantId);

export function saveBudget(tenantId: string, recipientId: string, budget: FailureBudget | undefined): Call {
  if (!budget) return call(DELETE_BUDGET, tenantId, recipientId);
  const { failures, windowEndsAtMs, consecutive, blockedUntilMs } = budget;
  return call(SAVE_BUDGET, tenantId, recipientId, failures, windowEndsAtMs, consecutive, blockedUntilMs);
}

export const insertIdempotency = (record: IdempotencyRecord): Call =>
  call(
    INSERT_IDEMPOTENCY,
    record.tenantId,
    record.key,
    record.requestHash,
    record.verificationId ?? null,
    record.messageId ?? null,
    record.createdAtMs,
  );
