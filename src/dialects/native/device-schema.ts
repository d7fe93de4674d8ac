/** The native API's devices: bodies and replies. */
import { type Static, Type } from 'typebox';
import {
  ACCOUNT_CHARACTERS_MAX,
  DEVICE_NAME_CHARACTERS_MAX,
  ISSUER_CHARACTERS_MAX,
} from '../../core/device.ts';
import { closedObject, fields, stringEnum } from './fields.ts';

const subject = Type.String({
  description:
    'Your own name for the person, best one that says nothing: it is in URLs. 1 to 255 characters.',
});

export const SubjectParams = Type.Object({ subject });
export const DeviceParams = Type.Object({ subject, id: fields.id });

const type = stringEnum(['totp']);
const label = (maxLength: number, description: string) =>
  Type.String({ minLength: 1, maxLength, description });

export const EnrollBody = closedObject(
  {
    type,
    name: label(DEVICE_NAME_CHARACTERS_MAX, 'Unique among the devices of the subject.'),
    issuer: Type.Optional(
      label(ISSUER_CHARACTERS_MAX, 'Shown in the app above the code. Absent: the name of the tenant.'),
    ),
    account: Type.Optional(
      label(ACCOUNT_CHARACTERS_MAX, 'Shown in the app below the code. Absent: the subject.'),
    ),
  },
  { title: 'NewDevice' },
);
export type EnrollBody = Static<typeof EnrollBody>;

const deviceFields = {
  id: fields.id,
  type,
  name: Type.String(),
  status: stringEnum(['activation-required', 'active']),
  createdAt: fields.instant,
  activatedAt: Type.Optional(fields.instant),
  expiresAt: Type.Optional(
    Type.String({ format: 'date-time', description: 'Until when it can be activated.' }),
  ),
};

export const DeviceReply = Type.Object(deviceFields, { title: 'Device' });
export const DeviceList = Type.Object({ items: Type.Array(DeviceReply) });

export const EnrolledReply = Type.Object(
  {
    ...deviceFields,
    secret: Type.String({ description: 'Base 32, to be typed into an app. Given this once.' }),
    uri: Type.String({ description: 'otpauth://…, what the QR code holds. Given this once.' }),
  },
  { title: 'EnrolledDevice' },
);

export const DeviceCheckReply = Type.Object(
  {
    outcome: stringEnum(['approved', 'incorrect', 'used'], 'used: right, but accepted once already.'),
    device: Type.Optional(DeviceReply),
  },
  { title: 'DeviceCheck' },
);
