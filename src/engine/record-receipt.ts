import { advancesReceipt, type Receipt, stateFromParts } from '../core/delivery.ts';
import type { NewEvent } from '../core/webhook.ts';
import { aboutMessage, type EngineContext, type EventContext, makeEvent } from './context.ts';
import type { Transaction } from './ports.ts';

type ReceiptContext = Pick<EngineContext, 'store' | 'announce' | 'makeId' | 'webhooks'>;

/**
 * Records what a carrier reports of a message. One that comes before its submit is recorded is parked; repeats and
 * regressions change nothing. Resolves after the commit, which is when a carrier may acknowledge it.
 */
export async function recordReceipt(context: ReceiptContext, receipt: Receipt): Promise<void> {
  const events = await context.store.transaction((tx) => applyReceipt(context, tx, receipt));
  context.announce(events);
}

/** @returns the events to announce after the commit */
export async function applyReceipt(
  context: EventContext,
  tx: Transaction,
  receipt: Receipt,
): Promise<readonly NewEvent[]> {
  const { carrier, carrierMessageId, reason, receivedAtMs } = receipt;
  const snapshot = await tx.loadReceipt(carrier, carrierMessageId);
  if (!snapshot) {
    await tx.parkReceipt(receipt);
    return [];
  }
  const { message, submission, parts } = snapshot;
  if (!advancesReceipt(submission.state, receipt.state)) return [];
  const others = [...parts];
  others[submission.part] = receipt.state;
  const state = stateFromParts(message.state, others);
  const events =
    state === message.state || (state !== 'delivered' && state !== 'failed')
      ? []
      : [
          makeEvent(context, `message.${state}`, aboutMessage(message), receivedAtMs, {
            carrier,
            ...(reason === undefined ? {} : { reason }),
          }),
        ];
  if (state === 'delivered' && message.verificationId) await tx.deleteFallback(message.verificationId);
  await tx.saveReceipt({
    carrier,
    carrierMessageId,
    partState: receipt.state,
    messageId: message.id,
    messageState: state,
    failure: state === 'failed' ? (reason ?? receipt.state) : undefined,
    updatedAtMs: receivedAtMs,
    events,
  });
  return events;
}
