import assert from 'node:assert/strict';
import type { Principal } from '../core/principal.ts';
import type { DisclosedStartCommand } from './commands.ts';
import type { EngineContext } from './context.ts';
import type { DisclosedStartReply } from './engine.ts';
import { finishSend } from './order-send.ts';
import { orderStart } from './start-verification.ts';

/** A start whose reply holds the code. What is stored, logged and announced is what any start leaves behind. */
export async function startDisclosedVerification(
  context: EngineContext,
  principal: Principal,
  { policy: { disclosure, ...policy }, ...command }: DisclosedStartCommand,
): Promise<DisclosedStartReply> {
  assert.equal(disclosure, 'to-caller');
  const result = await orderStart(context, principal, { ...command, policy });
  // Without idempotency there is no replay, and with a new code at every start no resend.
  assert(result.kind === 'sent' && result.content.code !== undefined);
  const { code } = result.content;
  return { ...(await finishSend(context, principal, result)), code };
}
