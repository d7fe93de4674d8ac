/** Kind `twilio` for the registry. */
import type { CarrierKind } from '../carrier-kind.ts';
import { findTwilioFaults, TWILIO_SETTINGS } from './settings.ts';
import { createTwilio } from './twilio.ts';

export const TWILIO_KIND: CarrierKind<typeof TWILIO_SETTINGS> = {
  kind: 'twilio',
  schema: TWILIO_SETTINGS,
  findFaults: findTwilioFaults,
  create: createTwilio,
};
