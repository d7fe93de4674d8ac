/** Kind `http` for the registry. */
import type { CarrierKind } from '../carrier-kind.ts';
import { HTTP_SETTINGS } from './settings.ts';
import { findHttpFaults } from './settings-faults.ts';

export const HTTP_KIND: CarrierKind<typeof HTTP_SETTINGS> = {
  kind: 'http',
  settings: HTTP_SETTINGS,
  isSimulated: false,
  showsHealthAhead: false,
  channels: ({ channels = ['sms'] }) => channels,
  findFaults: findHttpFaults,
  create: async (id, settings, deps) => (await import('./http.ts')).createHttp(id, settings, deps),
};
