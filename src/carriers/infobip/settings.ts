/** Settings of kind `infobip`. */
import { type Static, Type } from 'typebox';
import type { SettingsFault } from '../carrier-kind.ts';
import { RECEIPT_PROPERTIES, TRAFFIC_PROPERTIES } from '../kit/settings.ts';

const SENDER_CHARS_MAX = 20;

export const INFOBIP_SETTINGS = Type.Object(
  {
    apiKey: Type.String({ minLength: 1, description: 'An API key that may send SMS.' }),
    baseUrl: Type.String({
      pattern: '^https?://[^\\s?#]+$',
      description: 'The account’s own base URL, e.g. `https://xxxxx.api.infobip.com`.',
    }),
    from: Type.String({
      minLength: 1,
      maxLength: SENDER_CHARS_MAX,
      description: 'Sender of messages that name none: a number or a name.',
    }),
    ...RECEIPT_PROPERTIES,
    ...TRAFFIC_PROPERTIES,
  },
  { additionalProperties: false },
);

export type InfobipSettings = Static<typeof INFOBIP_SETTINGS>;

/** Infobip signs nothing, so an unguessable path is all that tells a genuine report. */
export function findInfobipFaults({ publicUrl, receiptSecret }: InfobipSettings): readonly SettingsFault[] {
  if (publicUrl === undefined || receiptSecret !== undefined) return [];
  return [{ path: 'receiptSecret', problem: 'is required for receipts' }];
}
