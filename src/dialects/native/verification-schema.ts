/** The native API's verifications, sends and checks: bodies, queries and replies. */
import { type Static, Type } from 'typebox';
import { CODE_ALPHABETS, type CodeAlphabet } from '../../core/code.ts';
import { closedObject, fields, pageFields, stringEnum } from './fields.ts';
import { MessageSummary } from './message-schema.ts';

const NATIVE_ALPHABETS = (Object.keys(CODE_ALPHABETS) as CodeAlphabet[]).filter(
  (name) => CODE_ALPHABETS[name].isNative,
);

export const StartBody = closedObject(
  {
    to: fields.to,
    channel: Type.Optional(fields.channel),
    codeLength: Type.Optional(fields.codeLength),
    codeAlphabet: Type.Optional(stringEnum(NATIVE_ALPHABETS, 'Absent: digits.')),
    ttlSeconds: Type.Optional(fields.ttlSeconds),
    checksMax: Type.Optional(fields.checksMax),
    locale: Type.Optional(fields.locale),
    template: Type.Optional(fields.templateName),
    brand: Type.Optional(fields.brand),
    sender: Type.Optional(fields.sender),
    purpose: Type.Optional(fields.purpose),
    clientReference: Type.Optional(fields.clientReference),
    clientIp: Type.Optional(fields.clientIp),
    metadata: Type.Optional(fields.metadata),
    webhook: Type.Optional(fields.webhook),
    webOtpDomain: Type.Optional(fields.webOtpDomain),
    androidAppHash: Type.Optional(fields.androidAppHash),
    fallback: Type.Optional(fields.fallback),
  },
  { title: 'NewVerification' },
);
export type StartBody = Static<typeof StartBody>;

export const SendBody = closedObject(
  { channel: Type.Optional(fields.channel), clientIp: Type.Optional(fields.clientIp) },
  { title: 'NewSend' },
);

/** The code's form is the engine's to judge, and it does so before any look-up; here it only has to be text. */
export const CheckBody = closedObject(
  { code: Type.String({ description: 'As the person typed it.' }) },
  { title: 'NewCheck' },
);

export const RecipientCheckBody = closedObject(
  { code: CheckBody.properties.code, purpose: Type.Optional(fields.purpose) },
  { title: 'NewRecipientCheck' },
);

export const EmptyBody = closedObject({});

const STATUSES = ['pending', 'approved', 'expired', 'locked', 'canceled'] as const;
const status = stringEnum(STATUSES);

export const VerificationQuery = closedObject({ ...pageFields, status: Type.Optional(status) });

/** An address is looked for in a body, because URLs end up in logs. */
export const SearchBody = closedObject(
  { ...pageFields, to: Type.Optional(fields.to), status: Type.Optional(status) },
  { title: 'VerificationSearch' },
);

export const VerificationReply = Type.Object(
  {
    id: fields.id,
    status,
    to: Type.String(),
    recipientId: Type.String({ description: 'Stands for the address, however it is written.' }),
    channel: Type.String(),
    purpose: Type.String(),
    mode: Type.String({ description: 'live or test, as the key.' }),
    codeLength: Type.Integer(),
    checksLeft: Type.Integer(),
    sendsLeft: Type.Integer(),
    expiresAt: fields.instant,
    createdAt: fields.instant,
    settledAt: Type.Optional(fields.instant),
    clientReference: Type.Optional(Type.String()),
    metadata: Type.Optional(Type.Record(Type.String(), Type.String())),
    warnings: Type.Optional(Type.Array(Type.String({ description: 'several-segments' }))),
    messages: Type.Optional(Type.Array(MessageSummary)),
  },
  { title: 'Verification' },
);

export const CheckReply = Type.Object(
  {
    outcome: stringEnum(['approved', 'incorrect', 'expired', 'locked', 'settled']),
    checksLeft: Type.Integer(),
    verification: VerificationReply,
  },
  { title: 'Check' },
);
