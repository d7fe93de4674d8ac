/** Settings of kind `telnyx`. */
import { type Static, Type } from 'typebox';
import type { SettingsFault } from '../carrier-kind.ts';
import { RECEIPT_PROPERTIES, TRAFFIC_PROPERTIES } from '../kit/settings.ts';
import { toPublicKey } from './request-signature.ts';

const SENDER_CHARS_MAX = 20;

export const TELNYX_SETTINGS = Type.Object(
  {
    apiKey: Type.String({ minLength: 1, description: 'The account’s API key.' }),
    from: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: SENDER_CHARS_MAX,
        description: 'Sender of messages that name none: a number, a short code or a name.',
      }),
    ),
    messagingProfileId: Type.Optional(
      Type.String({ minLength: 1, description: 'The messaging profile; needed for names and number pools.' }),
    ),
    publicKey: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'The account’s public key, base64: receipts are signed by it.',
      }),
    ),
    baseUrl: Type.Optional(
      Type.String({
        pattern: '^https?://[^\\s?#]+$',
        description: 'Where `/v2/messages` is; `https://api.telnyx.com` unless told.',
      }),
    ),
    ...RECEIPT_PROPERTIES,
    ...TRAFFIC_PROPERTIES,
  },
  { additionalProperties: false },
);

export type TelnyxSettings = Static<typeof TELNYX_SETTINGS>;

export function findTelnyxFaults(settings: TelnyxSettings): readonly SettingsFault[] {
  const { from, messagingProfileId, publicKey, publicUrl } = settings;
  const faults: SettingsFault[] = [];
  if (from === undefined && messagingProfileId === undefined) {
    faults.push({ path: 'from', problem: 'is required unless there is a messagingProfileId' });
  }
  if (publicKey === undefined && publicUrl !== undefined) {
    faults.push({ path: 'publicKey', problem: 'is required for receipts' });
  }
  if (publicKey !== undefined && toPublicKey(publicKey) === undefined) {
    faults.push({ path: 'publicKey', problem: 'is not an Ed25519 public key in base64' });
  }
  return faults;
}
