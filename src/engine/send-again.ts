import type { Principal } from '../core/principal.ts';
import { decideSend } from '../core/verification.ts';
import { destinationOf } from './address.ts';
import type { SendAgainCommand } from './commands.ts';
import type { EngineContext } from './context.ts';
import type { StartReply } from './engine.ts';
import { keyed, replayOf } from './idempotency.ts';
import { assertBudgetOpen, countSend, limitsFor } from './limits.ts';
import { finishSend, refusalOf, resend, type SendResult } from './order-send.ts';
import { loadOwn, notFound } from './read-verifications.ts';
import { assertRouted } from './router.ts';
import { openTo } from './views.ts';

/** Sends the live code once more, by the same or another channel to the same address. */
export async function sendAgain(
  context: EngineContext,
  principal: Principal,
  command: SendAgainCommand,
): Promise<StartReply> {
  const { store, clock, keyring } = context;
  const known = await loadOwn(context, principal, command.verificationId);
  const channel = command.channel ?? known.channel;
  const to = openTo(known, keyring);
  const { details } = known;
  const wanted = { channel, sender: details.sender };
  const destination = destinationOf(context.settingsOf, principal, wanted, {
    to,
    country: details.country,
  });
  assertRouted(context.router, destination);
  const subject = {
    tenantId: known.tenantId,
    mode: known.mode,
    recipientId: known.recipientId,
    to,
    clientIp: command.clientIp,
  };
  const applied = limitsFor(context.settingsOf(principal.tenant).limits, subject);

  const repeat = keyed(context.keyring, principal, command.idempotency);
  const result = await store.transaction(async (tx): Promise<SendResult> => {
    const nowMs = clock();
    const snapshot = await tx.loadSend({
      tenantId: known.tenantId,
      recipientId: known.recipientId,
      verificationId: known.id,
      counterKeys: applied.map(({ key }) => key),
      idempotencyKey: repeat?.key,
    });
    const earlier = replayOf(snapshot.idempotency, repeat);
    if (earlier) return { kind: 'replay', ...earlier };
    if (!snapshot.verification) throw notFound();
    const decision = decideSend(snapshot.verification, nowMs);
    if (decision.kind === 'refuse') throw refusalOf(decision);
    assertBudgetOpen(snapshot.budget, nowMs);
    const counters = countSend(applied, snapshot.counters, nowMs);
    return resend(context, tx, snapshot.verification, channel, {
      counters,
      idempotency: repeat,
      nowMs,
      sender: destination.sender,
    });
  });
  return finishSend(context, principal, result);
}
