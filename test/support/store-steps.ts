/** The way of a check and of a start, on a store alone: core decisions with the store's methods and nothing around them. */
import { countFailure, decideBudget } from '../../src/core/failure-budget.ts';
import { decideCheck, settleCheck } from '../../src/core/verification.ts';
import type { Store } from '../../src/engine/ports.ts';
import type { StoreFixtures } from './store-fixtures.ts';

export interface CheckStep {
  readonly tenantId: string;
  readonly verificationId: string;
  /** Stands for a code: compared with the stored hash as it is. */
  readonly hash: Uint8Array;
  readonly nowMs: number;
}

/** `compared-…` says that a guess was spent. */
export type CheckStepOutcome =
  | 'compared-approved'
  | 'compared-incorrect'
  | 'expired'
  | 'locked'
  | 'settled'
  | 'blocked';

export function checkOnce(store: Store, { tenantId, verificationId, hash, nowMs }: CheckStep) {
  return store.transaction<CheckStepOutcome>(async (tx) => {
    const loaded = await tx.loadCheck(tenantId, verificationId);
    if (!loaded) throw new Error('no such verification');
    const { verification, budget } = loaded;
    const { recipientId } = verification;
    const decision = decideCheck(verification, nowMs);
    if (decision.kind === 'answer') {
      if (decision.settleAs) {
        const settle = { verificationId, state: decision.settleAs, settledAtMs: nowMs };
        await tx.settleCheck({ tenantId, recipientId, settle, events: [] });
      }
      return decision.outcome as CheckStepOutcome;
    }
    if (decideBudget(budget, nowMs).kind !== 'open') return 'blocked';
    const counted = { ...verification, checkCount: verification.checkCount + 1 };
    const { checkCount } = counted;
    await tx.countCheck({
      tenantId,
      recipientId,
      verificationId,
      checkCount,
      budget: countFailure(budget, nowMs),
    });
    const isMatch = Buffer.compare(verification.codeHash.hash, hash) === 0;
    const { outcome, state } = settleCheck(counted, isMatch);
    await tx.settleCheck({
      tenantId,
      recipientId,
      ...(state !== 'pending' && { settle: { verificationId, state, settledAtMs: nowMs } }),
      ...(isMatch && { refund: { budget: undefined } }),
      events: [],
    });
    return `compared-${outcome}`;
  });
}

/** One verification with one message; resolves to their ids once they are durable. */
export async function startOnce(store: Store, make: StoreFixtures) {
  const verification = make.verification();
  const message = make.messageOf(verification);
  await store.transaction((tx) => tx.saveSend({ verification, message, counters: [], events: [] }));
  return { tenantId: verification.tenantId, verificationId: verification.id, messageId: message.id };
}
