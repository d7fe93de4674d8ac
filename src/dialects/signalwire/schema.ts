/**
 * SignalWire's bodies and replies. Bodies are read loosely (http/loose-body.ts): its clients send forms, and numbers
 * and booleans as text. Fields that are not known are ignored, the misspelt `allow_alpha` and `from_` among them.
 */
import { type Static, Type } from 'typebox';
import { SENDER_PATTERN } from '../../core/sender.ts';

/** The longest that a call may say; what fits an SMS is decided by its segments. */
const MESSAGE_CHARACTERS_MAX = 500;

export const RequestBody = Type.Object(
  {
    to: Type.String({ pattern: '^\\+[1-9][0-9]{6,14}$', description: 'E.164, literally.' }),
    from: Type.Optional(Type.String({ pattern: SENDER_PATTERN, description: 'The sender to show.' })),
    message: Type.Optional(
      Type.String({
        maxLength: MESSAGE_CHARACTERS_MAX,
        description: 'Stands before the token. An SMS must fit one segment, token included.',
      }),
    ),
    token_length: Type.Optional(Type.Integer({ minimum: 4, maximum: 20, description: 'Absent: 6.' })),
    valid_for: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 604_800, description: 'Seconds. Absent: 3600.' }),
    ),
    max_attempts: Type.Optional(Type.Integer({ minimum: 1, maximum: 20, description: 'Absent: 3.' })),
    allow_alphas: Type.Optional(Type.Boolean({ description: 'Letters too. Absent: digits only.' })),
  },
  { title: 'MfaRequest', examples: [{ to: '+14043287382' }] },
);
export type RequestBody = Static<typeof RequestBody>;

export const VerifyBody = Type.Object(
  { token: Type.String() },
  { title: 'MfaVerify', examples: [{ token: '123456' }] },
);

export const IdParams = Type.Object({ id: Type.String({ description: 'The id of the request.' }) });

export const RequestReply = Type.Object(
  {
    id: Type.String(),
    success: Type.Boolean(),
    to: Type.String(),
    channel: Type.Union([Type.Literal('sms'), Type.Literal('call')]),
  },
  {
    title: 'MfaResponse',
    examples: [
      { id: '6b2b1c6e-6c1a-4a6b-9d4e-0c6a1f1e2d3c', success: true, to: '+14043287382', channel: 'sms' },
    ],
  },
);

export const VerifyReply = Type.Object(
  { success: Type.Boolean() },
  { title: 'MfaVerification', examples: [{ success: true }] },
);
