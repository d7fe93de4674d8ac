/** Kind `smpp` for the registry. */
import type { CarrierKind } from '../carrier-kind.ts';
import { findSmppFaults, SMPP_SETTINGS } from './settings.ts';

export const SMPP_KIND: CarrierKind<typeof SMPP_SETTINGS> = {
  kind: 'smpp',
  settings: SMPP_SETTINGS,
  isSimulated: false,
  showsHealthAhead: true,
  channels: () => ['sms'],
  findFaults: findSmppFaults,
  create: async (id, settings, deps) => (await import('./smpp.ts')).createSmpp(id, settings, deps),
};
