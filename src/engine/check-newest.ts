import type { Principal } from '../core/principal.ts';
import { assertCode, checkVerification } from './check-verification.ts';
import type { CheckNewestCommand } from './commands.ts';
import type { EngineContext } from './context.ts';
import type { CheckReply } from './engine.ts';
import { idOrNone, notFound } from './read-verifications.ts';
import { DEFAULT_PURPOSE } from './start-verification.ts';

/**
 * For callers who name the recipient and not the verification. Which one is meant is looked up just before the check,
 * which then decides as any other: should a new send replace it in between, it finds it settled.
 *
 * One of the other mode is no verification of the caller's, and is not looked for behind.
 */
export async function checkNewest(
  context: EngineContext,
  principal: Principal,
  { recipientId, purpose = DEFAULT_PURPOSE, code }: CheckNewestCommand,
): Promise<CheckReply> {
  assertCode(code);
  const newest = await context.store.findNewestVerification(
    principal.tenant.id,
    idOrNone(recipientId),
    purpose,
  );
  if (newest?.mode !== principal.mode) throw notFound();
  return checkVerification(context, principal, { verificationId: newest.id, code });
}
