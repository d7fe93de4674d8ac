/** Kind `infobip` for the registry. */
import type { CarrierKind } from '../carrier-kind.ts';
import { findInfobipFaults, INFOBIP_SETTINGS } from './settings.ts';

export const INFOBIP_KIND: CarrierKind<typeof INFOBIP_SETTINGS> = {
  kind: 'infobip',
  settings: INFOBIP_SETTINGS,
  isSimulated: false,
  showsHealthAhead: false,
  channels: () => ['sms'],
  findFaults: findInfobipFaults,
  create: async (id, settings, deps) => (await import('./infobip.ts')).createInfobip(id, settings, deps),
};
