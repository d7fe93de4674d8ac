/** Which part of a carrier's account is whose, where several nodes send by it. */
import type { SlotClaim, SlotGrant } from '../../core/carrier-slots.ts';

export interface CarrierSlotStore {
  /**
   * Renews, takes or gives back slots as `decideSlots` says, one node of a carrier after the other. Absent where a
   * database is one machine's: there a worker has the whole account.
   */
  claimSlots?(claim: SlotClaim): Promise<SlotGrant>;
}
