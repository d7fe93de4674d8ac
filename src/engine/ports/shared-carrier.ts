/** What a carrier has besides, whose operator counts binds and messages a second for the whole account. */
import type { CarrierAccount, CarrierShare } from '../../core/carrier-slots.ts';
import type { Carrier } from '../ports.ts';

export interface SharedCarrier {
  readonly account: CarrierAccount;
  /** Takes effect at once; what is too much is drained and ended. */
  setShare(share: CarrierShare): void;
}

export function sharedCarrierOf(carrier: Carrier): SharedCarrier | undefined {
  return isShared(carrier) ? carrier : undefined;
}

function isShared(carrier: Carrier): carrier is Carrier & SharedCarrier {
  return 'setShare' in carrier && 'account' in carrier && typeof carrier.setShare === 'function';
}
