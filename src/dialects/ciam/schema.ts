/**
 * CIAM's bodies and replies. Blank fields and `null` are read as missing (http/loose-body.ts), unknown ones are
 * ignored. Which of the optional fields a type of device needs is decided in mapping.ts.
 */
import { type Static, Type } from 'typebox';
import { DEVICE_NAME_CHARACTERS_MAX, SUBJECT_CHARACTERS_MAX } from '../../core/device.ts';

const TEMPLATE_NAME_CHARACTERS_MAX = 64;
/** Of a number in any spelling, and of a mailbox with its domain (RFC 5321 §4.5.3.1). */
const ADDRESS_CHARACTERS_MAX = 320;

/** For examples: the vendor's own. */
const AUTH_ID = '0063f27c-787b-4046-8b8e-a75e241b5ea6';

const deviceType = Type.String({ minLength: 1, description: 'SMS, EMAIL or TOTP, in either case.' });
const otp = Type.String({ pattern: '^[0-9]{6}$', description: 'Six digits.' });
const deviceName = Type.String({ maxLength: DEVICE_NAME_CHARACTERS_MAX });

export const TokenBody = Type.Object(
  {
    grant_type: Type.String({
      pattern: '^client_credentials?$',
      description: 'client_credentials; the vendor’s pages print client_credential too.',
    }),
    client_id: Type.String({ description: 'The id of the tenant.' }),
    client_secret: Type.String({ description: 'The secret of a key.' }),
  },
  {
    title: 'TokenRequest',
    examples: [
      { grant_type: 'client_credentials', client_id: '{{client_id}}', client_secret: '{{client_secret}}' },
    ],
  },
);

export const TokenReply = Type.Object(
  { access_token: Type.String(), token_type: Type.String(), expires_in: Type.Integer() },
  { title: 'Token', examples: [{ access_token: 'eyJ............', token_type: 'Bearer', expires_in: 7199 }] },
);

export const StartBody = Type.Object(
  {
    userName: Type.String({ maxLength: SUBJECT_CHARACTERS_MAX }),
    deviceType,
    phoneNumber: Type.Optional(
      Type.String({
        maxLength: ADDRESS_CHARACTERS_MAX,
        description: 'For SMS: international, in any spelling.',
      }),
    ),
    email: Type.Optional(Type.String({ maxLength: ADDRESS_CHARACTERS_MAX, description: 'For EMAIL.' })),
    deviceName: Type.Optional(deviceName),
    templateName: Type.Optional(
      Type.String({
        maxLength: TEMPLATE_NAME_CHARACTERS_MAX,
        description: 'A template of the tenant. Absent: its default.',
      }),
    ),
  },
  {
    title: 'DeviceAuthentication',
    examples: [{ userName: 'jdoe', phoneNumber: '+91-8212345212', deviceType: 'sms' }],
  },
);
export type StartBody = Static<typeof StartBody>;

export const StartReply = Type.Object(
  { authId: Type.String(), status: Type.Literal('SUCCESS'), message: Type.String() },
  {
    title: 'StartedDeviceAuthentication',
    examples: [{ authId: AUTH_ID, status: 'SUCCESS', message: 'OTP has been sent to the device ' }],
  },
);

export const CheckBody = Type.Object(
  { otp, deviceType: Type.Optional(deviceType) },
  { title: 'DeviceAuthenticationOtp', examples: [{ otp: '523471' }] },
);

export const CheckReply = Type.Object(
  { status: Type.Literal('SUCCESS'), message: Type.String() },
  {
    title: 'ValidatedDeviceAuthentication',
    examples: [{ status: 'SUCCESS', message: 'OTP has been validated successfully' }],
  },
);

export const EnrollBody = Type.Object(
  { deviceType, deviceName: Type.Optional(deviceName) },
  { title: 'MfaDeviceRegistration', examples: [{ deviceType: 'TOTP', deviceName: 'phone' }] },
);
export type EnrollBody = Static<typeof EnrollBody>;

export const EnrollReply = Type.Object(
  {
    authId: Type.String(),
    deviceType: Type.Literal('TOTP'),
    status: Type.Literal('ACTIVATION_REQUIRED'),
    message: Type.String(),
    deviceName: Type.String(),
    secret: Type.String({ description: 'Base 32.' }),
    registrationUri: Type.String({ description: 'otpauth://…, to be shown as a QR code.' }),
  },
  { title: 'RegisteredMfaDevice' },
);

export const ActivateReply = Type.Object(
  { status: Type.Literal('ACTIVE'), message: Type.String({ description: 'The name of the device.' }) },
  { title: 'ActivatedMfaDevice' },
);

export const DevicesReply = Type.Array(
  Type.Object(
    {
      deviceType: Type.Literal('TOTP'),
      status: Type.Union([Type.Literal('ACTIVE'), Type.Literal('ACTIVATION_REQUIRED')]),
      deviceName: Type.String(),
      createdAt: Type.String({ format: 'date-time' }),
    },
    { title: 'MfaDevice' },
  ),
);

export const DevicesQuery = Type.Object({
  type: Type.Optional(Type.String({ description: 'Those of one type only.' })),
});

const user = Type.String({ description: 'The caller’s name for the person.' });
const authId = Type.String({ description: 'As the call before gave it.' });
const type = Type.String({ description: 'TOTP, in either case.' });

export const AuthIdParams = Type.Object({ authId });
export const UserParams = Type.Object({ user });
export const UserDeviceParams = Type.Object({ user, authId });
export const UserTypeParams = Type.Object({ user, type });
export const UserNameParams = Type.Object({ user, type, name: Type.String() });
