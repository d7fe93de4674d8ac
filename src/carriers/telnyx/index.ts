/** Kind `telnyx` for the registry. */
import type { CarrierKind } from '../carrier-kind.ts';
import { findTelnyxFaults, TELNYX_SETTINGS } from './settings.ts';

export const TELNYX_KIND: CarrierKind<typeof TELNYX_SETTINGS> = {
  kind: 'telnyx',
  settings: TELNYX_SETTINGS,
  isSimulated: false,
  showsHealthAhead: false,
  channels: () => ['sms'],
  findFaults: findTelnyxFaults,
  create: async (id, settings, deps) => (await import('./telnyx.ts')).createTelnyx(id, settings, deps),
};
