/** Settings of kind `twilio`, for Twilio and for services that speak its API. */
import { type Static, Type } from 'typebox';
import type { SettingsFault } from '../carrier-kind.ts';
import { RECEIPT_PROPERTIES, TRAFFIC_PROPERTIES, VOICE_PROPERTIES } from '../kit/settings.ts';

const SENDER_CHARS_MAX = 20;

export const TWILIO_SETTINGS = Type.Object(
  {
    accountSid: Type.String({
      minLength: 1,
      description: 'The account’s SID; with SignalWire the project id.',
    }),
    authToken: Type.String({ minLength: 1, description: 'The account’s auth token.' }),
    apiKeySid: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'Requests are made with this API key instead of the auth token.',
      }),
    ),
    apiKeySecret: Type.Optional(Type.String({ minLength: 1, description: 'The secret of `apiKeySid`.' })),
    from: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: SENDER_CHARS_MAX,
        description: 'Sender of messages that name none: a number, a short code or a name.',
      }),
    ),
    messagingServiceSid: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'A messaging service that chooses the sender, in place of `from`.',
      }),
    ),
    voiceFrom: Type.Optional(
      Type.String({
        pattern: '^\\+[1-9][0-9]{6,14}$',
        description: 'The number that calls come from; `from` unless told.',
      }),
    ),
    channels: Type.Optional(
      Type.Array(Type.Union([Type.Literal('sms'), Type.Literal('voice')]), {
        minItems: 1,
        uniqueItems: true,
        description: 'What it is used for; `[sms]` unless told.',
      }),
    ),
    baseUrl: Type.Optional(
      Type.String({
        pattern: '^https?://[^\\s?#]+$',
        description: 'Where `/2010-04-01/…` is found; `https://api.twilio.com` unless told.',
      }),
    ),
    signingKey: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'What receipts are signed with; the auth token unless told. SignalWire has a key of its own.',
      }),
    ),
    voice: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9.-]{1,64}$',
        description: 'The voice that speaks, e.g. `Polly.Joanna`. Without it the vendor’s for the language.',
      }),
    ),
    ...VOICE_PROPERTIES,
    ...RECEIPT_PROPERTIES,
    ...TRAFFIC_PROPERTIES,
  },
  { additionalProperties: false },
);

export type TwilioSettings = Static<typeof TWILIO_SETTINGS>;

export function findTwilioFaults(settings: TwilioSettings): readonly SettingsFault[] {
  const { channels = ['sms'], from, messagingServiceSid, voiceFrom, apiKeySid, apiKeySecret } = settings;
  const faults: SettingsFault[] = [];
  if (channels.includes('sms') && from === undefined && messagingServiceSid === undefined) {
    faults.push({ path: 'from', problem: 'is required unless there is a messagingServiceSid' });
  }
  const caller = voiceFrom ?? from;
  if (channels.includes('voice') && !caller?.startsWith('+')) {
    faults.push({ path: 'voiceFrom', problem: 'is required for calls unless `from` is a number' });
  }
  if ((apiKeySid === undefined) !== (apiKeySecret === undefined)) {
    faults.push({ path: 'apiKeySecret', problem: 'goes with apiKeySid' });
  }
  return faults;
}
