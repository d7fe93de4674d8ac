import { EngineError } from '../core/errors.ts';
import type { Principal } from '../core/principal.ts';
import { stateAt } from '../core/verification.ts';
import { aboutVerification, type EngineContext, makeEvent, noteCanceled } from './context.ts';
import { idOrNone, notFound } from './read-verifications.ts';
import { openTo, toVerificationView, type VerificationView } from './views.ts';

/** Ends a pending verification of the caller's mode; one that is canceled already stays so. @throws EngineError `verification_settled` */
export async function cancelVerification(
  context: EngineContext,
  principal: Principal,
  verificationId: string,
): Promise<VerificationView> {
  const { store, clock, keyring } = context;
  const id = idOrNone(verificationId);
  const { verification, events } = await store.transaction(async (tx) => {
    const nowMs = clock();
    const snapshot = await tx.loadCheck(principal.tenant.id, id);
    if (snapshot?.verification.mode !== principal.mode) throw notFound();
    const state = stateAt(snapshot.verification, nowMs);
    if (state === 'canceled') return { verification: snapshot.verification, events: [] };
    if (state !== 'pending') throw new EngineError('verification_settled', `This verification is ${state}.`);
    const canceled = { ...snapshot.verification, state: 'canceled', settledAtMs: nowMs } as const;
    const made = [makeEvent(context, 'verification.canceled', aboutVerification(canceled), nowMs)];
    const messageIds = await tx.settleCheck({
      tenantId: principal.tenant.id,
      recipientId: canceled.recipientId,
      settle: { verificationId: id, state: 'canceled', settledAtMs: nowMs },
      events: made,
    });
    const taken = await noteCanceled(context, tx, canceled, messageIds, nowMs);
    return { verification: canceled, events: [...made, ...taken] };
  });
  context.announce(events);
  return toVerificationView(verification, openTo(verification, keyring), undefined, clock());
}
