/** Which node holds how many slots of a carrier: one row a carrier, locked while it is decided. */
import { decideSlots, type SlotClaim, type SlotGrant, type SlotHolder } from '../../core/carrier-slots.ts';
import { call, statement } from './statement.ts';
import type { Transactor } from './transactor.ts';

// The row is there before it is locked: nodes that come first and together wait here for each other.
const ENSURE = statement('INSERT INTO carrier_slots (carrier) VALUES ($1) ON CONFLICT (carrier) DO NOTHING');
const LOAD = statement('SELECT holders FROM carrier_slots WHERE carrier = $1 FOR UPDATE');
const SAVE = statement('UPDATE carrier_slots SET holders = $2 WHERE carrier = $1');

export function createClaimSlots(transactor: Transactor): (claim: SlotClaim) => Promise<SlotGrant> {
  return (claim) =>
    transactor.run(async (session) => {
      session.defer(call(ENSURE, claim.carrier));
      const [row] = await session.query<{ readonly holders: string }>(call(LOAD, claim.carrier));
      const before = JSON.parse(row?.holders ?? '[]') as readonly SlotHolder[];
      const { holders, held, fair } = decideSlots(before, claim);
      session.defer(call(SAVE, claim.carrier, JSON.stringify(holders)));
      return { held, fair };
    });
}
