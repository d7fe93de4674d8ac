import type { Principal } from '../core/principal.ts';
import type { EngineContext } from './context.ts';
import { recipientIdFor } from './read-verifications.ts';

/** Clears the failure budget of an address, as an operator or tenant does after looking into it. */
export async function liftBlock(context: EngineContext, principal: Principal, to: string): Promise<void> {
  const recipientId = recipientIdFor(context, principal, to);
  await context.store.transaction((tx) => tx.saveBudget(principal.tenant.id, recipientId, undefined));
}
