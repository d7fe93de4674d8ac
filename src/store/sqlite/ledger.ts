/** Accounts and their ledger. A balance is changed only together with the entry that explains it. */
import type { DatabaseSync } from 'node:sqlite';
import type { Account, Charge, LedgerEntry, LedgerEntryKind } from '../../core/ledger.ts';
import type { Credit } from '../../engine/ports/ledger-store.ts';
import { prepareCommand, prepareQuery } from './prepare.ts';

const FIND_ACCOUNT = `SELECT balance_micros, daily_cap_micros, spent_micros, spent_day_ms FROM accounts
  WHERE tenant_id = ?1`;
const OPEN_ACCOUNT = `INSERT INTO accounts (tenant_id, balance_micros, spent_micros, spent_day_ms)
  VALUES (?1, 0, 0, 0) ON CONFLICT DO NOTHING`;
const ADD = 'UPDATE accounts SET balance_micros = balance_micros + ?2 WHERE tenant_id = ?1';
const SPEND = 'UPDATE accounts SET spent_micros = ?2, spent_day_ms = ?3 WHERE tenant_id = ?1';
// What was charged on an earlier day is not given back to this day's cap.
const UNSPEND = `UPDATE accounts SET spent_micros = max(0, spent_micros - ?2)
  WHERE tenant_id = ?1 AND spent_day_ms <= ?3`;
const SAVE_CAP = 'UPDATE accounts SET daily_cap_micros = ?2 WHERE tenant_id = ?1';
const APPEND = `INSERT INTO ledger (tenant_id, kind, amount_micros, message_id, reference, at_ms)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING`;
const FIND_CHARGE = `SELECT tenant_id, amount_micros, at_ms FROM ledger WHERE message_id = ?1 AND kind = 'charge'`;
const LIST = `SELECT seq, tenant_id, kind, amount_micros, message_id, reference, at_ms FROM ledger
  WHERE tenant_id = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3`;
const SUM = 'SELECT coalesce(sum(amount_micros), 0) AS sum FROM ledger WHERE tenant_id = ?1';

interface AccountRow {
  readonly balance_micros: number;
  readonly daily_cap_micros: number | null;
  readonly spent_micros: number;
  readonly spent_day_ms: number;
}

interface EntryRow {
  readonly seq: number;
  readonly tenant_id: string;
  readonly kind: LedgerEntryKind;
  readonly amount_micros: number;
  readonly message_id: string | null;
  readonly reference: string | null;
  readonly at_ms: number;
}

export type LedgerTable = ReturnType<typeof createLedgerTable>;

export function createLedgerTable(database: DatabaseSync) {
  const { findAccount } = createLedgerReads(database);
  const openAccount = prepareCommand(database, OPEN_ACCOUNT);
  const add = prepareCommand(database, ADD);
  const spend = prepareCommand(database, SPEND);
  const unspend = prepareCommand(database, UNSPEND);
  const saveCap = prepareCommand(database, SAVE_CAP);
  const append = prepareCommand(database, APPEND);
  const findCharge = prepareQuery<EntryRow>(database, FIND_CHARGE);

  return {
    findAccount,
    charge({ tenantId, messageId, amountMicros, spentMicros, spentDayMs, atMs }: Charge): void {
      append(tenantId, 'charge', -amountMicros, messageId, null, atMs);
      add(tenantId, -amountMicros);
      spend(tenantId, spentMicros, spentDayMs);
    },
    /** Gives back what a message was charged, once; nothing where it was not charged. */
    refund(messageId: string, atMs: number): void {
      const charge = findCharge.first(messageId);
      if (!charge) return;
      const { tenant_id, amount_micros } = charge;
      if (append(tenant_id, 'refund', -amount_micros, messageId, null, atMs) === 0) return;
      add(tenant_id, -amount_micros);
      unspend(tenant_id, -amount_micros, charge.at_ms);
    },
    credit({ tenantId, kind, amountMicros, reference, atMs }: Credit): boolean {
      openAccount(tenantId);
      if (append(tenantId, kind, amountMicros, null, reference ?? null, atMs) === 0) return false;
      add(tenantId, amountMicros);
      return true;
    },
    saveCap: (tenantId: string, dailyCapMicros: number | undefined) =>
      saveCap(tenantId, dailyCapMicros ?? null) > 0,
  };
}

export function createLedgerReads(database: DatabaseSync) {
  const findAccount = prepareQuery<AccountRow>(database, FIND_ACCOUNT);
  const list = prepareQuery<EntryRow>(database, LIST);
  const sum = prepareQuery<{ readonly sum: number }>(database, SUM);

  return {
    findAccount(tenantId: string): Account | undefined {
      const row = findAccount.first(tenantId);
      return row && toAccount(tenantId, row);
    },
    list: (tenantId: string, limit: number, beforeSeq = Number.MAX_SAFE_INTEGER): readonly LedgerEntry[] =>
      list.all(tenantId, beforeSeq, limit).map(toEntry),
    sum: (tenantId: string): number => sum.first(tenantId)?.sum ?? 0,
  };
}

function toAccount(tenantId: string, row: AccountRow): Account {
  return {
    tenantId,
    balanceMicros: row.balance_micros,
    ...(row.daily_cap_micros !== null && { dailyCapMicros: row.daily_cap_micros }),
    spentMicros: row.spent_micros,
    spentDayMs: row.spent_day_ms,
  };
}

function toEntry(row: EntryRow): LedgerEntry {
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
