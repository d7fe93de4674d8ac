import type { Message } from '../core/delivery.ts';
import { EngineError } from '../core/errors.ts';
import { decideCharge } from '../core/ledger.ts';
import { priceOf } from '../core/prices.ts';
import type { EngineContext } from './context.ts';
import type { Transaction } from './ports.ts';

/**
 * Takes the price of a message from its tenant's balance, in the transaction that writes the message. A tenant with
 * no balance is not limited, and what a `test` key sends costs nothing.
 *
 * @throws EngineError `insufficient_balance`, `spending_cap_reached`
 */
export async function chargeMessage(
  { prices }: Pick<EngineContext, 'prices'>,
  tx: Transaction,
  message: Message,
  to: string,
  nowMs: number,
): Promise<void> {
  if (message.mode === 'test' || message.state !== 'queued') return;
  const account = await tx.loadAccount(message.tenantId);
  if (!account) return;
  const amountMicros = priceOf(prices, message.channel, to, message.segments);
  const decision = decideCharge(account, amountMicros, nowMs);
  if (decision.kind === 'insufficient')
    throw new EngineError('insufficient_balance', 'The balance is too low.');
  if (decision.kind === 'capped') {
    throw new EngineError('spending_cap_reached', 'The spending cap of the day is reached.', {
      retryAfterSeconds: decision.retryAfterSeconds,
    });
  }
  const { spentMicros, spentDayMs } = decision;
  const { tenantId, id: messageId } = message;
  await tx.saveCharge({ tenantId, messageId, amountMicros, spentMicros, spentDayMs, atMs: nowMs });
}
