/** Settings of kind `vonage`: the SMS API by key and secret, the Voice API by an application’s private key. */
import { createPrivateKey } from 'node:crypto';
import { type Static, Type } from 'typebox';
import type { SettingsFault } from '../carrier-kind.ts';
import { receiptUrlFor } from '../kit/receipt-url.ts';
import { RECEIPT_PROPERTIES, TRAFFIC_PROPERTIES, VOICE_PROPERTIES } from '../kit/settings.ts';

const SENDER_CHARS_MAX = 20;
/** The SMS API takes no longer address for receipts. */
const CALLBACK_CHARS_MAX = 100;
const URL_PATTERN = '^https?://[^\\s?#]+$';

export const VONAGE_SETTINGS = Type.Object(
  {
    apiKey: Type.String({ minLength: 1, description: 'The account’s API key.' }),
    apiSecret: Type.String({ minLength: 1, description: 'The account’s API secret.' }),
    from: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: SENDER_CHARS_MAX,
        description: 'Sender of messages that name none: a number or a name.',
      }),
    ),
    signatureSecret: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'What receipts are signed with: the account’s signature secret.',
      }),
    ),
    signatureMethod: Type.Optional(
      Type.Union(
        [
          Type.Literal('md5hash'),
          Type.Literal('md5'),
          Type.Literal('sha1'),
          Type.Literal('sha256'),
          Type.Literal('sha512'),
        ],
        { description: 'How receipts of SMS are signed, as set in the dashboard; `md5hash` unless told.' },
      ),
    ),
    applicationId: Type.Optional(
      Type.String({ minLength: 1, description: 'The application that makes calls; needed for `voice`.' }),
    ),
    privateKey: Type.Optional(
      Type.String({ minLength: 1, description: 'The application’s private key, PEM; needed for `voice`.' }),
    ),
    voiceFrom: Type.Optional(
      Type.String({
        pattern: '^\\+?[1-9][0-9]{6,14}$',
        description: 'The Vonage number that calls come from; needed for `voice`.',
      }),
    ),
    channels: Type.Optional(
      Type.Array(Type.Union([Type.Literal('sms'), Type.Literal('voice')]), {
        minItems: 1,
        uniqueItems: true,
        description: 'What it is used for; `[sms]` unless told.',
      }),
    ),
    smsUrl: Type.Optional(
      Type.String({
        pattern: URL_PATTERN,
        description: 'Where `/sms/json` is; `https://rest.nexmo.com` unless told.',
      }),
    ),
    voiceUrl: Type.Optional(
      Type.String({
        pattern: URL_PATTERN,
        description: 'Where `/v1/calls` is; `https://api.nexmo.com` unless told.',
      }),
    ),
    ...VOICE_PROPERTIES,
    ...RECEIPT_PROPERTIES,
    ...TRAFFIC_PROPERTIES,
  },
  { additionalProperties: false },
);

export type VonageSettings = Static<typeof VONAGE_SETTINGS>;

export function findVonageFaults(settings: VonageSettings): readonly SettingsFault[] {
  const { channels = ['sms'], publicUrl, signatureSecret, receiptSecret, privateKey } = settings;
  const faults: SettingsFault[] = [];
  const require = (path: 'from' | 'applicationId' | 'privateKey' | 'voiceFrom', channel: 'sms' | 'voice') => {
    if (channels.includes(channel) && settings[path] === undefined) {
      faults.push({ path, problem: `is required for ${channel}` });
    }
  };
  require('from', 'sms');
  require('applicationId', 'voice');
  require('privateKey', 'voice');
  require('voiceFrom', 'voice');
  if (privateKey !== undefined && !isPrivateKey(privateKey)) {
    faults.push({ path: 'privateKey', problem: 'is not an RSA private key in PEM' });
  }
  if (publicUrl !== undefined && signatureSecret === undefined && receiptSecret === undefined) {
    faults.push({ path: 'signatureSecret', problem: 'or receiptSecret is required for receipts' });
  }
  // The id is not known here; one of ordinary length stands in for it.
  if ((receiptUrlFor('carrier-name', settings)?.length ?? 0) > CALLBACK_CHARS_MAX) {
    faults.push({
      path: 'publicUrl',
      problem: `makes a receipts URL beyond ${CALLBACK_CHARS_MAX} characters`,
    });
  }
  return faults;
}

function isPrivateKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}
