/** Every kind of carrier that there is, one line each. Without its line and its folder, a kind is gone and nothing else is. */
import type { CarrierKind } from './carrier-kind.ts';
import { handsetKind } from './handset/index.ts';

export const CARRIER_KINDS: readonly CarrierKind[] = [handsetKind];
