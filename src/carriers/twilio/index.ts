/** Kind `twilio` for the registry. */
import type { CarrierKind } from '../carrier-kind.ts';
import { findTwilioFaults, TWILIO_SETTINGS } from './settings.ts';

export const TWILIO_KIND: CarrierKind<typeof TWILIO_SETTINGS> = {
  kind: 'twilio',
  settings: TWILIO_SETTINGS,
  isSimulated: false,
  showsHealthAhead: false,
  channels: ({ channels = ['sms'] }) => channels,
  findFaults: findTwilioFaults,
  create: async (id, settings, deps) => (await import('./twilio.ts')).createTwilio(id, settings, deps),
};
