/**
 * Balances: an account's balance is the sum of its ledger entries, always. Amounts are whole millionths of the
 * price list's currency, so that sums are exact; 2^53 of them are nine thousand million units.
 */
export const MICROS_PER_UNIT = 1_000_000;

/** Only tenants with a balance have an account; without one there is no limit and no ledger. */
export interface Account {
  readonly tenantId: string;
  readonly balanceMicros: number;
  /** The most that may be charged in one day (UTC). */
  readonly dailyCapMicros?: number;
  /** Charged, refunds taken off, in the day that began at `spentDayMs`. */
  readonly spentMicros: number;
  readonly spentDayMs: number;
}

export type LedgerEntryKind = 'top-up' | 'charge' | 'refund' | 'adjustment';

export interface LedgerEntry {
  /** Rises with every entry of the database. */
  readonly seq: number;
  readonly tenantId: string;
  readonly kind: LedgerEntryKind;
  /** Added to the balance; negative for a charge. */
  readonly amountMicros: number;
  /** Charges and refunds. */
  readonly messageId?: string;
  /** The caller's own name for a top-up or adjustment; the same one is not booked twice. */
  readonly reference?: string;
  readonly atMs: number;
}

/** A charge that has been allowed, as it is to be written. */
export interface Charge {
  readonly tenantId: string;
  readonly messageId: string;
  readonly amountMicros: number;
  readonly spentMicros: number;
  readonly spentDayMs: number;
  readonly atMs: number;
}

export type ChargeDecision =
  | { readonly kind: 'charge'; readonly spentMicros: number; readonly spentDayMs: number }
  | { readonly kind: 'insufficient' }
  | { readonly kind: 'capped'; readonly retryAfterSeconds: number };

const DAY_MS = 86_400_000;

/** @param amountMicros what the message costs, at least 0 */
export function decideCharge(account: Account, amountMicros: number, nowMs: number): ChargeDecision {
  const today = nowMs - (nowMs % DAY_MS);
  // A day that seems to lie ahead was opened before the clock stepped back; what was spent in it still counts.
  const spentDayMs = Math.max(today, account.spentDayMs);
  const spentMicros = (account.spentDayMs === spentDayMs ? account.spentMicros : 0) + amountMicros;
  if (account.balanceMicros < amountMicros) return { kind: 'insufficient' };
  if (account.dailyCapMicros !== undefined && spentMicros > account.dailyCapMicros) {
    return { kind: 'capped', retryAfterSeconds: Math.ceil((spentDayMs + DAY_MS - nowMs) / 1000) };
  }
  return { kind: 'charge', spentMicros, spentDayMs };
}

const AMOUNT = /^(-?)(\d{1,9})(?:\.(\d{1,6}))?$/;

/** Reads `12`, `0.0075` or `-3.5` exactly; undefined for anything else, more than six decimals included. */
export function parseAmount(text: string): number | undefined {
  const [, sign, units, decimals = ''] = AMOUNT.exec(text) ?? [];
  if (units === undefined) return undefined;
  const micros = Number(units) * MICROS_PER_UNIT + Number(decimals.padEnd(6, '0'));
  return sign === '-' && micros !== 0 ? -micros : micros;
}

/** `7500` → `0.0075`; at least as many decimals as needed, never an exponent. */
export function formatAmount(micros: number): string {
  const digits = String(Math.abs(micros)).padStart(7, '0');
  const decimals = digits.slice(-6).replace(/0+$/, '');
  return `${micros < 0 ? '-' : ''}${digits.slice(0, -6)}${decimals === '' ? '' : `.${decimals}`}`;
}
