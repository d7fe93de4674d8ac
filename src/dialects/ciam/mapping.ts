/** Between CIAM's words and the engine's: pure, in both directions. */
import { EngineError } from '../../core/errors.ts';
import type { Policy } from '../../core/policy.ts';
import type { AccessToken, DeviceView, EnrolledDevice, StartCommand } from '../../engine/engine.ts';
import { toIso } from '../../lib/time.ts';
import type { EnrollBody, StartBody } from './schema.ts';

export const DIALECT = 'ciam';

/** The vendor's two texts for a start; the space at the end of the first is its own. */
const SENT = 'OTP has been sent to the device ';
const READ_IT = 'Please get the OTP from registered device to authenticate';
const ENROLLED = 'Device registration has been initiated, please activate the device to use';
const VALIDATED = 'OTP has been validated successfully';

export const CIAM_POLICY: Policy = {
  codeAlphabet: 'digits',
  codeLength: 6,
  ttlSeconds: 1_800,
  checksMax: 3,
  // The vendor has no call that sends a code again; the native API does.
  sendsMax: 5,
  cooldownSeconds: 0,
  onPending: 'start-another',
  numberStrictness: 'possible',
};

export type DeviceType = 'SMS' | 'EMAIL' | 'TOTP';

/** What the vendor has and this dialect has not. */
const REFUSED_TYPES: readonly string[] = ['FIDO', 'FIDO2', 'YUBIKEY'];
const TYPES: readonly DeviceType[] = ['SMS', 'EMAIL', 'TOTP'];

/** @throws EngineError `not_found` for types of the vendor's that are not served, else `invalid_request` */
export function readDeviceType(text: string): DeviceType {
  const upper = text.trim().toUpperCase();
  const known = TYPES.find((type) => type === upper);
  if (known) return known;
  if (REFUSED_TYPES.includes(upper)) {
    throw new EngineError('not_found', 'Devices of this type are not served.', { field: 'device' });
  }
  throw new EngineError('invalid_request', 'deviceType must be SMS, EMAIL or TOTP.', { field: 'deviceType' });
}

/** For what only authenticator apps can be asked. */
export function assertTotp(text: string): void {
  if (readDeviceType(text) === 'TOTP') return;
  throw new EngineError('not_found', 'Only TOTP devices are registered.', { field: 'device' });
}

export function toStartCommand(body: StartBody, type: Exclude<DeviceType, 'TOTP'>): StartCommand {
  return {
    dialect: DIALECT,
    // Starts of other APIs neither find nor replace what this one began.
    purpose: DIALECT,
    to: type === 'SMS' ? need(body.phoneNumber, 'phoneNumber') : need(body.email, 'email'),
    channel: type === 'SMS' ? 'sms' : 'email',
    policy: CIAM_POLICY,
    text: { kind: 'template', name: body.templateName },
  };
}

export function toDeviceCommand({ userName, deviceName }: StartBody) {
  return { subject: userName, device: { name: need(deviceName, 'deviceName') }, policy: CIAM_POLICY };
}

export function toEnrollCommand(subject: string, { deviceName }: EnrollBody) {
  const name = need(deviceName, 'deviceName');
  // Its path would be the one that deletes every device.
  if (name.toLowerCase() === 'all') {
    throw new EngineError('invalid_request', 'deviceName must not be "all".', { field: 'deviceName' });
  }
  return { subject, name };
}

function need(value: string | undefined, field: string): string {
  if (value !== undefined) return value;
  throw new EngineError('invalid_request', `${field} is required.`, { field });
}

export function fromToken({ token, expiresInSeconds }: AccessToken) {
  return { access_token: token, token_type: 'Bearer', expires_in: expiresInSeconds };
}

export function fromStart(authId: string, type: DeviceType) {
  return { authId, status: 'SUCCESS', message: type === 'TOTP' ? READ_IT : SENT } as const;
}

export function fromApproval() {
  return { status: 'SUCCESS', message: VALIDATED } as const;
}

export function fromEnrolled({ device, secret, uri }: EnrolledDevice) {
  return {
    authId: device.id,
    deviceType: 'TOTP',
    status: 'ACTIVATION_REQUIRED',
    message: ENROLLED,
    deviceName: device.name,
    secret,
    registrationUri: uri,
  } as const;
}

export function fromDevice({ state, name, createdAtMs }: DeviceView) {
  return {
    deviceType: 'TOTP',
    status: state === 'active' ? 'ACTIVE' : 'ACTIVATION_REQUIRED',
    deviceName: name,
    createdAt: toIso(createdAtMs),
  } as const;
}
