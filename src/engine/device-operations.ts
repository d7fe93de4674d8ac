/** What may be asked about devices; a part of the façade. A subject is the tenant's own name for a person. */
import type { DeviceState } from '../core/device.ts';
import type { Principal } from '../core/principal.ts';
import type { CheckOutcomeKind } from '../core/verification.ts';

export interface DeviceOperations {
  /**
   * A device that was enrolled under the same name and never activated is replaced.
   *
   * @throws EngineError `conflict` with the field `name` where an active device has it, with the limit
   * `devices-per-subject` where there are too many
   */
  enrollDevice(principal: Principal, command: EnrollCommand): Promise<EnrolledDevice>;
  /** @throws EngineError as `checkDevice`, and `conflict` with the field `status` where it is active already */
  activateDevice(principal: Principal, command: ActivateCommand): Promise<DeviceCheckReply>;
  /**
   * @param command without a device: any active one of the subject
   * @throws EngineError `invalid_request` for what cannot be a code, before anything is counted; `not_found`;
   * `recipient_blocked`, `recipient_disabled` where the subject's failure budget is spent
   */
  checkDevice(principal: Principal, command: DeviceCodeCommand): Promise<DeviceCheckReply>;
  /** Empty for a subject that has none. */
  listDevices(principal: Principal, subject: string): Promise<readonly DeviceView[]>;
  getDevice(principal: Principal, subject: string, device: DeviceRef): Promise<DeviceView>;
  /** @throws EngineError `conflict` once it is active: the secret is shown to nobody again */
  getEnrollmentUri(principal: Principal, subject: string, device: DeviceRef): Promise<string>;
  deleteDevice(principal: Principal, subject: string, device: DeviceRef): Promise<void>;
  /** Resolves to how many there were. */
  deleteDevices(principal: Principal, subject: string): Promise<number>;
  /** Forgets the wrong codes of a subject. */
  liftSubjectBlock(principal: Principal, subject: string): Promise<void>;

  /** For callers who first name the device and give the code later, within a time and a number of checks. */
  startDeviceVerification(
    principal: Principal,
    command: DeviceVerificationCommand,
  ): Promise<DeviceVerificationView>;
  /** @throws EngineError as `checkVerification` */
  checkDeviceVerification(
    principal: Principal,
    command: { readonly verificationId: string; readonly code: unknown },
  ): Promise<DeviceVerificationReply>;
}

/**
 * Which device of a subject. Where there is none such, `not_found` says in its field what was missing: `subject` (it
 * has no device at all), `device` (none that is active, or none with this id), `name` (none of this name).
 */
export type DeviceRef = { readonly id: string } | { readonly name: string };

export interface EnrollCommand {
  readonly subject: string;
  /** Unique among the subject's devices. */
  readonly name: string;
  /** Shown in the app above the code. Absent: the tenant's name. */
  readonly issuer?: string;
  /** Shown in the app below the code. Absent: the subject. */
  readonly account?: string;
}

export interface EnrolledDevice {
  readonly device: DeviceView;
  /** Base 32, to be typed where nothing can be scanned. Shown now and never again. */
  readonly secret: string;
  /** `otpauth://…` */
  readonly uri: string;
}

export interface DeviceView {
  readonly id: string;
  readonly name: string;
  readonly state: DeviceState;
  readonly createdAtMs: number;
  readonly activatedAtMs?: number;
  readonly expiresAtMs?: number;
}

export interface DeviceCodeCommand {
  readonly subject: string;
  readonly device?: DeviceRef;
  /** As the caller sent it, whatever its type. */
  readonly code: unknown;
}

export interface ActivateCommand extends DeviceCodeCommand {
  readonly device: DeviceRef;
}

/** `used`: the code was right and has been accepted before. It is counted as no guess, and approves nothing. */
export type DeviceCheckOutcome = 'approved' | 'incorrect' | 'used';

export interface DeviceCheckReply {
  readonly outcome: DeviceCheckOutcome;
  /** The device that made the code, or that was named. */
  readonly device?: DeviceView;
}

export interface DeviceVerificationCommand {
  readonly subject: string;
  readonly device: DeviceRef;
  readonly policy: { readonly ttlSeconds: number; readonly checksMax: number };
}

export interface DeviceVerificationView {
  readonly id: string;
  readonly expiresAtMs: number;
  readonly device: DeviceView;
}

export interface DeviceVerificationReply {
  readonly outcome: CheckOutcomeKind;
  readonly checksLeft: number;
}
