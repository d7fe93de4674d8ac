/**
 * ZignSec's bodies and replies. Types are strict, as its clients send JSON; `null` or blank text for what is optional
 * means that it is not set, and fields that are not known are ignored.
 */
import { type Static, Type } from 'typebox';
import { SENDER_PATTERN } from '../../core/sender.ts';

/** The segment counter of a concatenated SMS is one octet (3GPP TS 23.040 §9.2.3.24.1). */
const PARTS_MAX = 255;
const RELAY_STATE_CHARACTERS_MAX = 1_000;
const URL_CHARACTERS_MAX = 2_048;

const Metadata = Type.Object({
  from: Type.String({
    pattern: SENDER_PATTERN,
    description: 'The sender: a number, or up to eleven letters and digits.',
  }),
  max_message_parts: Type.Integer({
    minimum: 1,
    maximum: PARTS_MAX,
    description: 'A longer message is not sent: the session ends failed.',
  }),
  message: Type.String({ minLength: 1 }),
  to: Type.String({ minLength: 1, description: 'The recipient, in international format.' }),
});

/** For examples: the vendor's own. */
const METADATA = { from: '+123456789', max_message_parts: 1, message: 'ZignSec Testing', to: '+46701234567' };
const SESSION_ID = '26f5cc23-dbbb-45bb-a210-2818e70637bd';

export const SessionBody = Type.Object(
  {
    metadata: Metadata,
    relay_state: Type.Optional(
      Type.String({ maxLength: RELAY_STATE_CHARACTERS_MAX, description: 'Given back with the session.' }),
    ),
    webhook: Type.Optional(
      Type.String({
        pattern: '^https?://[^\\s/]',
        maxLength: URL_CHARACTERS_MAX,
        description: 'Hears of every change of status.',
      }),
    ),
  },
  {
    title: 'TwoFactorAuthSms',
    examples: [{ metadata: METADATA, relay_state: 'my-internal-user-id', webhook: 'https://webhook.site/' }],
  },
);
export type SessionBody = Static<typeof SessionBody>;

export const IdParams = Type.Object({ id: Type.String({ description: 'The id of the session.' }) });

const SESSION_STATUSES = ['pending', 'dispatched', 'delivered', 'failed'] as const;
export type SessionStatus = (typeof SESSION_STATUSES)[number];

const status = Type.Unsafe<SessionStatus>({ type: 'string', enum: [...SESSION_STATUSES] });

export const CreatedReply = Type.Object(
  { data: Type.Object({ id: Type.String(), status }) },
  { title: 'CreatedSession', examples: [{ data: { id: SESSION_ID, status: 'pending' } }] },
);

const nullable = Type.Union([Type.String(), Type.Null()]);

export const SessionReply = Type.Object(
  {
    data: Type.Object({
      request_data: Type.Object({
        metadata: Type.Object({
          from: Type.String(),
          max_message_parts: Type.Integer(),
          message: Type.String(),
          to: Type.String(),
        }),
        relay_state: nullable,
        webhook: nullable,
      }),
      id: Type.String(),
      number_of_message_parts: Type.Integer(),
      status,
    }),
  },
  {
    title: 'Session',
    examples: [
      {
        data: {
          request_data: {
            metadata: METADATA,
            relay_state: 'my-internal-user-id',
            webhook: 'https://webhook.site/',
          },
          id: SESSION_ID,
          number_of_message_parts: 1,
          status: 'delivered',
        },
      },
    ],
  },
);
