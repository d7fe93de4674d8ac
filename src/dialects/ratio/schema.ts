/**
 * Ratio's bodies and replies. Blank fields and `null` are read as missing (http/loose-body.ts); unknown ones are
 * ignored. Ratio has no forms.
 */
import { type Static, Type } from 'typebox';

/** RFC 5321 §4.5.3.1: 64 before the @ and 255 behind it. */
const EMAIL_CHARACTERS_MAX = 320;

/** For examples: as the vendor prints the one of a number. */
const PHONE_ID = 'phone-number-test-01234abc-0000-0000-0000-0123456789';
const EMAIL_ID = 'email-test-01234abc-0000-0000-0000-0123456789';

const otp = Type.String({ description: 'As the person typed it.' });

export const SmsSendBody = Type.Object(
  { phoneNumber: Type.String({ pattern: '^\\+[1-9][0-9]{6,14}$', description: 'E.164, literally.' }) },
  { title: 'SendSmsOtp', examples: [{ phoneNumber: '+14165551234' }] },
);

export const SmsSendReply = Type.Object(
  {
    phoneId: Type.String({ description: 'Names the number: the same number always has the same one.' }),
    phoneMask: Type.String({ description: 'The last four digits.' }),
  },
  { title: 'SentSmsOtp', examples: [{ phoneId: PHONE_ID, phoneMask: '1234' }] },
);

export const SmsAuthenticateBody = Type.Object(
  { otp, phoneId: Type.String() },
  { title: 'AuthenticateSmsOtp', examples: [{ otp: '123456', phoneId: PHONE_ID }] },
);
export type SmsAuthenticateBody = Static<typeof SmsAuthenticateBody>;

export const EmailSendBody = Type.Object(
  { emailAddress: Type.String({ maxLength: EMAIL_CHARACTERS_MAX }) },
  { title: 'SendEmailOtp', examples: [{ emailAddress: 'ratio@example.com' }] },
);

export const EmailSendReply = Type.Object(
  {
    emailId: Type.String({ description: 'Names the address: the same address always has the same one.' }),
    emailMask: Type.String({ description: 'The first letters and the domain.' }),
  },
  { title: 'SentEmailOtp', examples: [{ emailId: EMAIL_ID, emailMask: 'rat...@example.com' }] },
);

export const EmailAuthenticateBody = Type.Object(
  { otp, emailId: Type.String() },
  { title: 'AuthenticateEmailOtp', examples: [{ otp: '123456', emailId: EMAIL_ID }] },
);
export type EmailAuthenticateBody = Static<typeof EmailAuthenticateBody>;

export const SessionReply = Type.Object(
  { sessionJwt: Type.String({ description: 'RS256; verify it with /.well-known/jwks.json.' }) },
  { title: 'Session', examples: [{ sessionJwt: 'eyJ............' }] },
);
