/**
 * OneConnect's parameters and replies. Parameters are read loosely (http/loose-body.ts): they come as form fields, and
 * the vendor's own samples send an empty one for what is not set. Unknown ones are ignored.
 */
import { type Static, Type } from 'typebox';

export const SmsAuthBody = Type.Object(
  {
    phone_number: Type.String({
      // Fifteen digits, the 00 that may come before them, and the space that a plus becomes in a form.
      pattern: '^\\s*\\+?[0-9]{4,17}\\s*$',
      description: 'Digits, with or without a plus; national in the tenant’s default country.',
    }),
    only_numbers: Type.Optional(Type.Boolean({ description: 'Digits only. Absent: false.' })),
    only_uppercase: Type.Optional(Type.Boolean({ description: 'Capital letters only. Absent: false.' })),
    length: Type.Optional(
      Type.Integer({ minimum: 4, maximum: 32, description: 'Characters of the code. Absent: 4.' }),
    ),
  },
  {
    title: 'SmsAuth',
    examples: [{ phone_number: '123456789', only_numbers: false, only_uppercase: false, length: 8 }],
  },
);
export type SmsAuthBody = Static<typeof SmsAuthBody>;

export const SmsAuthReply = Type.Object(
  { code: Type.String(), phone_number: Type.String() },
  { title: 'SmsAuthCode', examples: [{ code: '9Rs77NuQ', phone_number: '123456789' }] },
);

export const BalanceReply = Type.Object(
  { sms_balance: Type.Integer({ description: 'Whole SMS segments left.' }) },
  { title: 'Balance', examples: [{ sms_balance: 930 }] },
);
