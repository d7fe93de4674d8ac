import { EngineError } from '../core/errors.ts';
import { senderFor } from '../core/sender.ts';
import type { Verification } from '../core/verification.ts';
import { stateAt } from '../core/verification.ts';
import type { Logger } from '../lib/logger.ts';
import { sleep, type Timers } from '../lib/time.ts';
import type { EngineContext } from './context.ts';
import { countSend, limitsFor } from './limits.ts';
import { announceSend, resend, type SendResult } from './order-send.ts';
import type { Fallback } from './ports/fallback-store.ts';
import type { Transaction } from './ports.ts';
import { openTo } from './views.ts';

/**
 * Sends a live code again by the next channel or carrier when nothing of it has been delivered in time. The row of
 * a fallback goes with the first receipt of delivery, so that one which is due has none. Where a limit refuses, the
 * fallback is dropped: the person can still ask for another send.
 */
const POLL_MS = 1_000;
const BATCH = 100;
/** A verification has few messages; these carriers are passed over. */
const MESSAGES_MAX = 20;

/** The first fallback of a new verification, counted from its first send. */
export function firstFallback(verification: Verification): Fallback | undefined {
  return fallbackAt(verification, 0, verification.createdAtMs);
}

function fallbackAt(verification: Verification, step: number, fromMs: number): Fallback | undefined {
  const next = verification.details.policy.fallback?.[step];
  if (!next) return undefined;
  const dueAtMs = fromMs + next.afterSeconds * 1000;
  // A code that will have expired by then is not worth sending.
  if (dueAtMs >= verification.expiresAtMs) return undefined;
  return { verificationId: verification.id, tenantId: verification.tenantId, step, dueAtMs };
}

/** One that fails holds up no other; it stays due. @returns how many were due @throws the first failure, at the end */
export async function runDueFallbacks(context: EngineContext): Promise<number> {
  const due = await context.store.listDueFallbacks(context.clock(), BATCH);
  const failures: unknown[] = [];
  for (const fallback of due) {
    await runFallback(context, fallback).catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
  return due.length;
}

async function runFallback(context: EngineContext, { tenantId, verificationId }: Fallback): Promise<void> {
  const { store, keyring } = context;
  const tenant = await store.findTenant(tenantId);
  const known = await store.findVerification(tenantId, verificationId);
  const messages = await store.listMessages(tenantId, { verificationId }, { limit: MESSAGES_MAX });
  const result = await store
    .transaction(async (tx): Promise<SendResult | undefined> => {
      const nowMs = context.clock();
      const fallback = await tx.loadFallback(verificationId);
      if (!fallback || fallback.dueAtMs > nowMs) return undefined;
      if (!known || !tenant) return drop(tx, verificationId);
      const to = openTo(known, keyring);
      const { limits, senders } = context.settingsOf(tenant);
      const applied = limitsFor(limits, { tenantId, mode: known.mode, recipientId: known.recipientId, to });
      const snapshot = await tx.loadSend({
        tenantId,
        recipientId: known.recipientId,
        verificationId,
        counterKeys: applied.map(({ key }) => key),
      });
      const { verification } = snapshot;
      const step = verification?.details.policy.fallback?.[fallback.step];
      if (!verification || !step || !isSendable(verification, nowMs)) return drop(tx, verificationId);
      const next = fallbackAt(verification, fallback.step + 1, nowMs);
      if (next) await tx.saveFallback(next);
      else await tx.deleteFallback(verificationId);
      const avoid = messages.flatMap(({ channel, carrier }) =>
        channel === step.channel && carrier ? [carrier] : [],
      );
      const counters = countSend(applied, snapshot.counters, nowMs);
      const sender = senderFor(senders, step.channel, known.details.country);
      return resend(context, tx, verification, step.channel, { counters, nowMs, avoid, sender });
    })
    .catch(async (error: unknown) => {
      if (!(error instanceof EngineError)) throw error;
      await store.transaction((tx) => tx.deleteFallback(verificationId));
      return undefined;
    });
  if (result?.kind === 'sent') announceSend(context, result);
}

function isSendable(verification: Verification, nowMs: number): boolean {
  return (
    stateAt(verification, nowMs) === 'pending' &&
    verification.sendCount < verification.details.policy.sendsMax
  );
}

async function drop(tx: Transaction, verificationId: string): Promise<undefined> {
  await tx.deleteFallback(verificationId);
}

/** Looks for due fallbacks every second until stopped. */
export function startRunningFallbacks(
  context: EngineContext & { readonly timers: Timers; readonly logger: Logger },
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const due = await runDueFallbacks(context).catch((error: unknown) => {
        context.logger.error({ error }, 'fallbacks failed');
        return 0;
      });
      if (due < BATCH) await sleep(context.timers, POLL_MS, stopping.signal);
    }
  };
  const done = loop();
  return {
    async stop() {
      stopping.abort();
      await done;
    },
  };
}
