/** Kind `vonage` for the registry. */
import type { CarrierKind } from '../carrier-kind.ts';
import { findVonageFaults, VONAGE_SETTINGS } from './settings.ts';

export const VONAGE_KIND: CarrierKind<typeof VONAGE_SETTINGS> = {
  kind: 'vonage',
  settings: VONAGE_SETTINGS,
  isSimulated: false,
  showsHealthAhead: false,
  channels: ({ channels = ['sms'] }) => channels,
  findFaults: findVonageFaults,
  create: async (id, settings, deps) => (await import('./vonage.ts')).createVonage(id, settings, deps),
};
