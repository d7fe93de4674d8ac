/** The native API's messages: bodies, queries and replies. */
import { type Static, Type } from 'typebox';
import { closedObject, fields, pageFields } from './fields.ts';

/** More than fits any SMS; an e-mail may be this long. */
const BODY_CHARACTERS_MAX = 10_000;
/** The segment counter of a concatenated SMS is one octet (3GPP TS 23.040 §9.2.3.24.1). */
const SEGMENTS_MAX = 255;

export const MessageBody = closedObject(
  {
    to: fields.to,
    channel: Type.Optional(fields.channel),
    body: Type.String({ minLength: 1, maxLength: BODY_CHARACTERS_MAX }),
    subject: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'E-mail only.' })),
    sender: Type.Optional(fields.sender),
    segmentsMax: Type.Optional(
      Type.Integer({ minimum: 1, maximum: SEGMENTS_MAX, description: 'A longer message ends failed.' }),
    ),
    ttlSeconds: Type.Optional(
      Type.Integer({ minimum: 30, maximum: 604_800, description: 'How long it is worth sending.' }),
    ),
    clientReference: Type.Optional(fields.clientReference),
    clientIp: Type.Optional(fields.clientIp),
    metadata: Type.Optional(fields.metadata),
    webhook: Type.Optional(fields.webhook),
  },
  { title: 'NewMessage' },
);
export type MessageBody = Static<typeof MessageBody>;

export const MessageQuery = closedObject({ ...pageFields, verificationId: Type.Optional(fields.id) });

const MESSAGE_STATUSES = [
  'queued',
  'accepted',
  'delivered',
  'failed',
  'expired',
  'canceled',
  'unconfirmed',
] as const;

const messageCore = {
  id: fields.id,
  channel: Type.Unsafe<string>({ type: 'string' }),
  status: Type.Unsafe<(typeof MESSAGE_STATUSES)[number]>({ type: 'string', enum: [...MESSAGE_STATUSES] }),
  carrier: Type.Optional(Type.String()),
  sender: Type.Optional(Type.String()),
  segments: Type.Integer(),
  failure: Type.Optional(Type.String({ description: 'Why it failed, in one word.' })),
  createdAt: fields.instant,
  updatedAt: fields.instant,
} as const;

/** As it appears within its verification. */
export const MessageSummary = Type.Object(messageCore);

const { id, ...afterId } = messageCore;
export const MessageReply = Type.Object(
  {
    id,
    verificationId: Type.Optional(fields.id),
    to: Type.String(),
    ...afterId,
    mode: Type.String({ description: 'live or test, as the key.' }),
    clientReference: Type.Optional(Type.String()),
    metadata: Type.Optional(Type.Record(Type.String(), Type.String())),
    body: Type.Optional(Type.String({ description: 'While it is kept; never of a message with a code.' })),
  },
  { title: 'Message' },
);
