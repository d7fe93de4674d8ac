import { EngineError } from '../core/errors.ts';
import { type Account, formatAmount, type LedgerEntry } from '../core/ledger.ts';
import { priceOf } from '../core/prices.ts';
import type { Principal } from '../core/principal.ts';
import type { PageOf } from './commands.ts';
import type { EngineContext } from './context.ts';

/** What a tenant may still spend. Without `balanceMicros` nothing limits it. */
export interface BalanceView {
  readonly currency: string;
  readonly balanceMicros?: number;
  readonly dailyCapMicros?: number;
  /** Whole SMS segments at the default rate; absent where nothing limits them. */
  readonly smsSegmentsLeft?: number;
}

export interface TopUpCommand {
  readonly tenantId: string;
  /** Positive; negative only takes back what was booked by mistake. */
  readonly amountMicros: number;
  /** The same reference is booked once. */
  readonly reference?: string;
}

type BalanceContext = Pick<EngineContext, 'store' | 'clock' | 'prices'>;

/** Balances so large that a sum of them could lose precision are refused. */
const BALANCE_MICROS_MAX = 2 ** 52;

export async function getBalance({ store, prices }: BalanceContext, tenantId: string): Promise<BalanceView> {
  const account = await store.findAccount(tenantId);
  return viewOf(account, prices);
}

/** Books a top-up, opening the tenant's account with the first. A reference booked before changes nothing. */
export async function topUp(context: BalanceContext, command: TopUpCommand): Promise<BalanceView> {
  const { store, clock, prices } = context;
  const { tenantId, amountMicros, reference } = command;
  if (!(await store.findTenant(tenantId))) throw new EngineError('not_found', 'There is no such tenant.');
  const account = await store.transaction(async (tx) => {
    const before = await tx.loadAccount(tenantId);
    const after = (before?.balanceMicros ?? 0) + amountMicros;
    if (after < 0 || after > BALANCE_MICROS_MAX) {
      throw new EngineError('invalid_request', `The balance cannot become ${formatAmount(after)}.`, {
        field: 'amount',
      });
    }
    const kind = amountMicros < 0 ? 'adjustment' : 'top-up';
    await tx.saveCredit({ tenantId, kind, amountMicros, reference, atMs: clock() });
    return tx.loadAccount(tenantId);
  });
  return viewOf(account, prices);
}

/** @param dailyCapMicros undefined lifts the cap @throws EngineError `conflict` for a tenant with no balance */
export async function setDailyCap(
  { store, prices }: BalanceContext,
  tenantId: string,
  dailyCapMicros: number | undefined,
): Promise<BalanceView> {
  const account = await store.transaction(async (tx) => {
    if (!(await tx.saveDailyCap(tenantId, dailyCapMicros))) {
      throw new EngineError('conflict', 'This tenant has no balance that could be capped.');
    }
    return tx.loadAccount(tenantId);
  });
  return viewOf(account, prices);
}

export async function listLedger(
  { store }: BalanceContext,
  principal: Principal,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string },
): Promise<PageOf<LedgerEntry>> {
  if (cursor !== undefined && !/^\d{1,15}$/.test(cursor)) {
    throw new EngineError('invalid_request', 'This cursor was not given by us.', { field: 'cursor' });
  }
  const beforeSeq = cursor === undefined ? undefined : Number(cursor);
  const rows = await store.listLedger(principal.tenant.id, limit + 1, beforeSeq);
  const items = rows.slice(0, limit);
  return { items, next: rows.length > limit ? items.at(-1)?.seq.toString() : undefined };
}

function viewOf(account: Account | undefined, prices: EngineContext['prices']): BalanceView {
  if (!account) return { currency: prices.currency };
  const segmentMicros = priceOf(prices, 'sms', '', 1);
  return {
    currency: prices.currency,
    balanceMicros: account.balanceMicros,
    dailyCapMicros: account.dailyCapMicros,
    smsSegmentsLeft: segmentMicros > 0 ? Math.floor(account.balanceMicros / segmentMicros) : undefined,
  };
}
