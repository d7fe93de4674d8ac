import { advancesReceipt, type Receipt, stateFromParts } from '../core/delivery.ts';
import type { NewEvent } from '../core/webhook.ts';
import { aboutMessage, type EngineContext, type EventContext, makeEvent } from './context.ts';
import type { Transaction } from './ports.ts';

type ReceiptContext = Pick<EngineContext, 'store' | 'announce' | 'makeId' | 'webhooks'>;

/** What became of a receipt, with the events to announce after the commit. */
export interface AppliedReceipt {
  readonly outcome: 'recorded' | 'repeated' | 'parked';
  /** Absent where it was parked: whose it is is not known yet. */
  readonly messageId?: string;
  readonly events: readonly NewEvent[];
}

/**
 * Records what a carrier reports of a message. One that comes before its submit is recorded is parked; repeats and
 * regressions change nothing. Resolves after the commit, which is when a carrier may acknowledge it.
 */
export async function recordReceipt(context: ReceiptContext, receipt: Receipt): Promise<AppliedReceipt> {
  const applied = await context.store.transaction((tx) => applyReceipt(context, tx, receipt));
  context.announce(applied.events);
  return applied;
}

export async function applyReceipt(
  context: EventContext,
  tx: Transaction,
  receipt: Receipt,
): Promise<AppliedReceipt> {
  const { carrier, carrierMessageId, reason, receivedAtMs } = receipt;
  const snapshot = await tx.loadReceipt(carrier, carrierMessageId);
  if (!snapshot) {
    await tx.parkReceipt(receipt);
    return { outcome: 'parked', events: [] };
  }
  const { message, submission, parts } = snapshot;
  const messageId = message.id;
  if (!advancesReceipt(submission.state, receipt.state))
    return { outcome: 'repeated', messageId, events: [] };
  const others = [...parts];
  others[submission.part] = receipt.state;
  const state = stateFromParts(message.state, others);
  const events =
    state === message.state || (state !== 'delivered' && state !== 'failed')
      ? []
      : [
          makeEvent(context, `message.${state}`, aboutMessage(message), receivedAtMs, {
            ...{ carrier, channel: message.channel },
            ...(reason === undefined ? {} : { reason }),
          }),
        ];
  if (state === 'delivered' && message.verificationId) await tx.deleteFallback(message.verificationId);
  await tx.saveReceipt({
    carrier,
    carrierMessageId,
    partState: receipt.state,
    messageId,
    messageState: state,
    failure: state === 'failed' ? (reason ?? receipt.state) : undefined,
    updatedAtMs: receivedAtMs,
    events,
  });
  return { outcome: 'recorded', messageId, events };
}
