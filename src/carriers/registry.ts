/** Every kind of carrier that there is, one line each. Without its line and its folder, a kind is gone and nothing else is. */
import type { CarrierKind } from './carrier-kind.ts';
import { handsetKind } from './handset/index.ts';
import { HTTP_KIND } from './http/index.ts';
import { INFOBIP_KIND } from './infobip/index.ts';
import { SMPP_KIND } from './smpp/index.ts';
import { SMTP_KIND } from './smtp/index.ts';
import { TELNYX_KIND } from './telnyx/index.ts';
import { TWILIO_KIND } from './twilio/index.ts';
import { VONAGE_KIND } from './vonage/index.ts';

export const CARRIER_KINDS: readonly CarrierKind[] = [
  handsetKind,
  SMPP_KIND,
  TWILIO_KIND,
  VONAGE_KIND,
  TELNYX_KIND,
  INFOBIP_KIND,
  HTTP_KIND,
  SMTP_KIND,
];
