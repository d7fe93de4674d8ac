import { parseCode } from '../core/code.ts';
import { matchDevices, type OpenDevice } from '../core/device.ts';
import { countFailure, type FailureBudget, refundFailures } from '../core/failure-budget.ts';
import { notACode } from './check-verification.ts';
import type { EngineContext } from './context.ts';
import { assertBudgetOpen } from './limits.ts';
import type { Transaction } from './ports.ts';

export interface Guess {
  readonly tenantId: string;
  readonly subjectId: string;
  readonly budget: FailureBudget | undefined;
  readonly candidates: readonly OpenDevice[];
  readonly typed: string;
  readonly nowMs: number;
}

export type Comparison =
  | { readonly kind: 'matched'; readonly device: OpenDevice; readonly step: number }
  | { readonly kind: 'used' }
  | { readonly kind: 'wrong' };

/**
 * Counts a guess on the subject's budget, compares, and settles the budget: to be called in a transaction that holds
 * the subject, and under `keepingCount`. The step of a match is for the caller to write.
 *
 * A code that was accepted before costs nothing: whoever has it guessed nothing, and a client that submits twice must
 * not lock a person out. It gains nothing either.
 *
 * @param onCounting called once the guess is allowed, before anything is written
 * @throws EngineError `invalid_request` for what cannot be a code of these devices; `recipient_blocked`, `recipient_disabled`:
 *   with nothing written
 */
export async function compareDeviceCode(
  tx: Transaction,
  guess: Guess,
  onCounting: () => unknown,
): Promise<Comparison> {
  const { tenantId, subjectId, budget, candidates, typed, nowMs } = guess;
  if (!candidates.some((device) => isCodeOf(device, typed))) throw notACode();
  assertBudgetOpen(budget, nowMs);
  await onCounting();
  await tx.saveBudget(tenantId, subjectId, countFailure(budget, nowMs));
  const match = matchDevices(candidates, typed, nowMs);
  if (match.kind === 'used') await tx.saveBudget(tenantId, subjectId, budget);
  // A device has no wrong checks of its own to forgive: those in the window stay, only their run in a row ends.
  if (match.kind === 'matched') await tx.saveBudget(tenantId, subjectId, refundFailures(budget, 0));
  return match;
}

function isCodeOf({ content }: OpenDevice, typed: string): boolean {
  return parseCode(typed, { alphabet: 'digits', length: content.form.digits }) !== undefined;
}

/** Runs a transaction that compares; should it be lost after that, the guess is counted in one of its own. */
export async function keepingCount<T>(
  { store, clock }: Pick<EngineContext, 'store' | 'clock'>,
  work: (tx: Transaction, onCounted: (who: Counted) => void) => Promise<T>,
): Promise<T> {
  let counted: Counted | undefined;
  try {
    return await store.transaction((tx) => {
      counted = undefined;
      return work(tx, (who) => {
        counted = who;
      });
    });
  } catch (error) {
    if (counted) {
      const { tenantId, subjectId, recount } = counted;
      await store.transaction(async (tx) => {
        await recount?.(tx);
        const { budget } = await tx.loadSubject(tenantId, subjectId);
        await tx.saveBudget(tenantId, subjectId, countFailure(budget, clock()));
      });
    }
    throw error;
  }
}

export interface Counted {
  readonly tenantId: string;
  readonly subjectId: string;
  /** What else was counted. */
  readonly recount?: (tx: Transaction) => Promise<unknown>;
}
