/** What the engine needs of a store to keep devices. Part of `Store` and `Transaction`; contract: test/contract/store/. */
import type { Device, DeviceVerification } from '../../core/device.ts';
import type { FailureBudget } from '../../core/failure-budget.ts';
import type { VerificationState } from '../../core/verification.ts';

export interface SubjectSnapshot {
  /** In the order of enrolment, those that ran out before their activation included. */
  readonly devices: readonly Device[];
  /** The subject's, kept like a recipient's: `saveBudget` with the subject's id writes it. */
  readonly budget?: FailureBudget;
}

/** Transactions on the same subject behave as if run one after the other. A verification is locked before its subject. */
export interface DeviceTransaction {
  loadSubject(tenantId: string, subjectId: string): Promise<SubjectSnapshot>;
  insertDevice(device: Device): Promise<void>;
  deleteDevices(deviceIds: readonly string[]): Promise<void>;
  /** Conditional on the state `activation-required`. */
  activateDevice(deviceId: string, step: number, activatedAtMs: number): Promise<boolean>;
  /** Conditional on the state `active` and on no step as late as this having been used. */
  useDeviceStep(deviceId: string, step: number): Promise<boolean>;
  insertDeviceVerification(verification: DeviceVerification): Promise<void>;
  loadDeviceVerification(tenantId: string, id: string): Promise<DeviceVerification | undefined>;
  /** Conditional on the state `pending`. */
  saveDeviceVerification(writes: DeviceVerificationWrites): Promise<boolean>;
}

export interface DeviceVerificationWrites {
  readonly id: string;
  readonly checkCount: number;
  readonly state: VerificationState;
  readonly settledAtMs?: number;
}

export interface DeviceStore {
  /** In the order of enrolment. */
  listDevices(tenantId: string, subjectId: string): Promise<readonly Device[]>;
  /** A bounded step of the sweep: devices whose activation did not come by `nowMs`, verifications over before `beforeMs`. */
  deleteStaleDevices(
    limits: { readonly nowMs: number; readonly beforeMs: number },
    limit: number,
  ): Promise<number>;
}
