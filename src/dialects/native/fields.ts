/**
 * The fields that several native bodies share, each with its bounds, and how a schema is closed: a field that is not
 * known is refused by name, because a misspelt `ttlSecond` that is silently ignored is a fault found months later.
 */
import { type TObject, type TProperties, Type } from 'typebox';
import { CHANNELS, type MessageChannel } from '../../core/channel.ts';
import { POLICY_BOUNDS } from '../../core/policy.ts';

export function closedObject<T extends TProperties>(properties: T, options: object = {}): TObject<T> {
  return Type.Object(properties, { ...options, additionalProperties: false });
}

export function stringEnum<const T extends string>(values: readonly T[], description?: string) {
  return Type.Unsafe<T>({ type: 'string', enum: [...values], ...(description && { description }) });
}

/** No control characters or line breaks of any kind: what a caller writes appears in messages, consoles and exports. */
const PRINTABLE = '^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029]*$';
/** BCP 47, as far as its form goes. */
const LANGUAGE_TAG = '^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$';
const HOST_NAME =
  '^(?=.{1,253}$)([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.)*[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$';

const bounded = (name: keyof typeof POLICY_BOUNDS, description: string) =>
  Type.Integer({ minimum: POLICY_BOUNDS[name].min, maximum: POLICY_BOUNDS[name].max, description });

export const MESSAGE_CHANNELS = CHANNELS.filter((channel): channel is MessageChannel => channel !== 'totp');

export const fields = {
  to: Type.String({
    minLength: 1,
    maxLength: 320,
    description: 'A phone number, best in E.164 form, or an e-mail address.',
  }),
  channel: stringEnum(MESSAGE_CHANNELS, 'Absent: email where the address holds an @, else sms.'),
  codeLength: bounded('codeLength', 'Characters of the code. Absent: 6.'),
  ttlSeconds: bounded('ttlSeconds', 'How long the code lives. Absent: 600.'),
  checksMax: bounded('checksMax', 'How many codes may be tried. Absent: 5.'),
  locale: Type.String({ pattern: LANGUAGE_TAG, maxLength: 35, description: 'A BCP 47 language tag.' }),
  templateName: Type.String({ minLength: 1, maxLength: 64, pattern: PRINTABLE }),
  brand: Type.String({ minLength: 1, maxLength: 64, pattern: PRINTABLE, description: 'Who is asking.' }),
  sender: Type.String({ minLength: 1, maxLength: 320, pattern: PRINTABLE }),
  purpose: Type.String({
    minLength: 1,
    maxLength: 64,
    pattern: '^[A-Za-z0-9._:-]+$',
    description: 'Keeps verifications of one recipient apart: login, payment. Absent: default.',
  }),
  clientReference: Type.String({ minLength: 1, maxLength: 255, pattern: PRINTABLE }),
  clientIp: Type.String({
    format: 'ip',
    maxLength: 45,
    description: 'The address of the end user, for abuse limits.',
  }),
  metadata: Type.Unsafe<Readonly<Record<string, string>>>({
    type: 'object',
    maxProperties: 20,
    propertyNames: { minLength: 1, maxLength: 40 },
    additionalProperties: { type: 'string', maxLength: 500 },
    description: 'Up to 20 names with texts, given back with the object and its events.',
  }),
  webOtpDomain: Type.String({
    pattern: HOST_NAME,
    maxLength: 253,
    description: 'Adds the line by which browsers offer to fill the code in on this domain.',
  }),
  androidAppHash: Type.String({
    pattern: '^[A-Za-z0-9+/]{11}$',
    description: 'The 11 characters by which SMS Retriever knows the app.',
  }),
  fallback: Type.Array(
    closedObject({
      channel: stringEnum(MESSAGE_CHANNELS),
      afterSeconds: Type.Integer({ minimum: 10, maximum: 3600 }),
    }),
    {
      maxItems: 5,
      description:
        'Where the same code goes next when nothing was delivered this long after the send before.',
    },
  ),
  webhook: Type.String({
    minLength: 1,
    maxLength: 2_048,
    description: 'An https URL that is posted to. Where it leads is checked again at each post.',
  }),
  id: Type.String({ description: 'A UUID.' }),
  instant: Type.String({ format: 'date-time', description: 'RFC 3339, UTC.' }),
} as const;

export const IdParams = Type.Object({ id: fields.id });

/** The form is checked again where it is read, for dialects without schemas of headers. */
export const IdempotencyHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      pattern: '^[!-~]{1,255}$',
      description: 'The same key with the same call gets the first answer again; nothing is sent twice.',
    }),
  ),
});

/** Numbers in a query are text, and nothing is converted behind the schema's back. */
export const pageFields = {
  limit: Type.Optional(
    Type.String({ pattern: '^([1-9][0-9]?|100)$', description: '1 to 100 items. Absent: 20.' }),
  ),
  cursor: Type.Optional(
    Type.String({ minLength: 1, maxLength: 512, description: 'What the page before gave as `next`.' }),
  ),
} as const;
