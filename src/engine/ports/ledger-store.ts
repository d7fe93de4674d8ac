import type { Account, Charge, LedgerEntry } from '../../core/ledger.ts';

/** What a transaction does to balances. Every change of a balance is a ledger entry, written in the same statement run. */
export interface LedgerTransaction {
  /** Loads and locks; undefined for a tenant with no balance. */
  loadAccount(tenantId: string): Promise<Account | undefined>;
  saveCharge(charge: Charge): Promise<void>;
  /** Opens the account where there is none. False where the reference was booked before: nothing is written then. */
  saveCredit(credit: Credit): Promise<boolean>;
  /** The cap of an account; undefined lifts it. False where there is no account. */
  saveDailyCap(tenantId: string, dailyCapMicros: number | undefined): Promise<boolean>;
}

export interface Credit {
  readonly tenantId: string;
  readonly kind: 'top-up' | 'adjustment';
  /** Negative only for an adjustment. */
  readonly amountMicros: number;
  readonly reference?: string;
  readonly atMs: number;
}

export interface LedgerStore {
  findAccount(tenantId: string): Promise<Account | undefined>;
  /** Newest first; `beforeSeq` is the last of the page before. */
  listLedger(tenantId: string, limit: number, beforeSeq?: number): Promise<readonly LedgerEntry[]>;
  /** The sum of all entries of a tenant, which equals the balance: for the audit. */
  sumLedger(tenantId: string): Promise<number>;
}
