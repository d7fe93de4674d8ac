/** Accounts and their ledger. A balance is changed only together with the entry that explains it. */
import type { Account, Charge, LedgerEntry, LedgerEntryKind } from '../../core/ledger.ts';
import type { Credit } from '../../engine/ports/ledger-store.ts';
import { type Call, call, statement } from './statement.ts';

const FIND_ACCOUNT_TEXT = `SELECT tenant_id, balance_micros, daily_cap_micros, spent_micros, spent_day_ms
  FROM accounts WHERE tenant_id = $1`;
const FIND_ACCOUNT = statement(FIND_ACCOUNT_TEXT);
const LOAD_ACCOUNT = statement(`${FIND_ACCOUNT_TEXT} FOR NO KEY UPDATE`);
const CHARGE = statement(`WITH entry AS (
    INSERT INTO ledger (tenant_id, kind, amount_micros, message_id, at_ms) VALUES ($1, 'charge', -$2::bigint, $3, $6))
  UPDATE accounts SET balance_micros = balance_micros - $2::bigint, spent_micros = $4, spent_day_ms = $5
  WHERE tenant_id = $1`);
// Before the messages of a transaction that may give back what they cost: see REFUND.
const LOCK_ACCOUNT_OF = statement(`SELECT 1 FROM accounts
  WHERE tenant_id = (SELECT tenant_id FROM messages WHERE id = $1) FOR NO KEY UPDATE`);
const LOCK_CHARGED = statement(`SELECT 1 FROM accounts WHERE tenant_id IN (
    SELECT tenant_id FROM ledger WHERE message_id = ANY($1::uuid[]) AND kind = 'charge')
  ORDER BY tenant_id FOR NO KEY UPDATE`);
// Once for each message, and nothing for one that was not charged. The accounts are locked before, by a statement of
// its own, so that this one sees them as they are. What was charged on an earlier day is not given back to this day's cap.
const REFUND = statement(`WITH charges AS (
    SELECT tenant_id, message_id, -amount_micros AS micros, at_ms FROM ledger
    WHERE message_id = ANY($1::uuid[]) AND kind = 'charge'),
  refunds AS (
    INSERT INTO ledger (tenant_id, kind, amount_micros, message_id, at_ms)
    SELECT tenant_id, 'refund', micros, message_id, $2 FROM charges
    ON CONFLICT DO NOTHING RETURNING message_id),
  sums AS (
    SELECT c.tenant_id, sum(c.micros)::bigint AS micros,
      coalesce(sum(c.micros) FILTER (WHERE a.spent_day_ms <= c.at_ms), 0)::bigint AS unspent
    FROM refunds r JOIN charges c ON c.message_id = r.message_id JOIN accounts a ON a.tenant_id = c.tenant_id
    GROUP BY c.tenant_id)
  UPDATE accounts a
  SET balance_micros = a.balance_micros + s.micros, spent_micros = greatest(0, a.spent_micros - s.unspent)
  FROM sums s WHERE a.tenant_id = s.tenant_id`);
const OPEN_ACCOUNT = statement(`INSERT INTO accounts (tenant_id, balance_micros, spent_micros, spent_day_ms)
  VALUES ($1, 0, 0, 0) ON CONFLICT DO NOTHING`);
const CREDIT = statement(`WITH entry AS (
    INSERT INTO ledger (tenant_id, kind, amount_micros, reference, at_ms) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT DO NOTHING RETURNING amount_micros)
  UPDATE accounts SET balance_micros = balance_micros + entry.amount_micros FROM entry WHERE tenant_id = $1
  RETURNING tenant_id`);
const SAVE_CAP = statement(
  'UPDATE accounts SET daily_cap_micros = $2 WHERE tenant_id = $1 RETURNING tenant_id',
);
const LIST = statement(`SELECT seq, tenant_id, kind, amount_micros, message_id, reference, at_ms FROM ledger
  WHERE tenant_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3`);
const SUM = statement(
  'SELECT coalesce(sum(amount_micros), 0)::bigint AS sum FROM ledger WHERE tenant_id = $1',
);

export interface AccountRow {
  readonly tenant_id: string;
  readonly balance_micros: number;
  readonly daily_cap_micros: number | null;
  readonly spent_micros: number;
  readonly spent_day_ms: number;
}

export interface EntryRow {
  readonly seq: number;
  readonly tenant_id: string;
  readonly kind: LedgerEntryKind;
  readonly amount_micros: number;
  readonly message_id: string | null;
  readonly reference: string | null;
  readonly at_ms: number;
}

export const findAccount = (tenantId: string): Call => call(FIND_ACCOUNT, tenantId);
export const loadAccount = (tenantId: string): Call => call(LOAD_ACCOUNT, tenantId);
export const saveCharge = ({
  tenantId,
  messageId,
  amountMicros,
  spentMicros,
  spentDayMs,
  atMs,
}: Charge): Call => call(CHARGE, tenantId, amountMicros, messageId, spentMicros, spentDayMs, atMs);
export const lockAccountOf = (messageId: string): Call => call(LOCK_ACCOUNT_OF, messageId);
/** Gives back what messages were charged. */
export const refundMessages = (messageIds: readonly string[], atMs: number): readonly Call[] =>
  messageIds.length === 0 ? [] : [call(LOCK_CHARGED, messageIds), call(REFUND, messageIds, atMs)];
/** The last answers with a row where it was booked. */
export const saveCredit = ({ tenantId, kind, amountMicros, reference, atMs }: Credit): readonly Call[] => [
  call(OPEN_ACCOUNT, tenantId),
  call(CREDIT, tenantId, kind, amountMicros, reference ?? null, atMs),
];
export const saveDailyCap = (tenantId: string, dailyCapMicros: number | undefined): Call =>
  call(SAVE_CAP, tenantId, dailyCapMicros ?? null);
export const listLedger = (tenantId: string, limit: number, beforeSeq = Number.MAX_SAFE_INTEGER): Call =>
  call(LIST, tenantId, beforeSeq, limit);
export const sumLedger = (tenantId: string): Call => call(SUM, tenantId);

export function toAccount(row: AccountRow): Account {
  return {
    tenantId: row.tenant_id,
    balanceMicros: row.balance_micros,
    ...(row.daily_cap_micros !== null && { dailyCapMicros: row.daily_cap_micros }),
    spentMicros: row.spent_micros,
    spentDayMs: row.spent_day_ms,
  };
}

export function toEntry(row: EntryRow): LedgerEntry {
  return {
    seq: row.seq,
    tenantId: row.tenant_id,
    kind: row.kind,
    amountMicros: row.amount_micros,
    ...(row.message_id !== null && { messageId: row.message_id }),
    ...(row.reference !== null && { reference: row.reference }),
    atMs: row.at_ms,
  };
}
