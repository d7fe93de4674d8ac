/**
 * Devices: the authenticator apps that a tenant's subjects have enrolled. Pure decisions and bounds; secrets arrive
 * opened and leave in no error.
 *
 * ```
 *              enrolled                    right code
 *   (nothing) ─────────▶ activation-required ─────────▶ active
 *                          │ time ran out, enrolled anew   │
 *                          ▼                               ▼ deleted
 *                       (nothing)                       (nothing)
 * ```
 */
import type { KeyMode } from './principal.ts';
import { matchTotp, type TotpForm } from './totp.ts';
import type { VerificationState } from './verification.ts';

export type DeviceState = 'activation-required' | 'active';

export interface Device {
  readonly id: string;
  readonly tenantId: string;
  /** Derived from the tenant and its name for the person, which is not stored. */
  readonly subjectId: string;
  readonly state: DeviceState;
  /** The step of the last accepted code; that of the activation counts. */
  readonly lastUsedStep?: number;
  readonly createdAtMs: number;
  readonly activatedAtMs?: number;
  /** Until when it waits for its activation. */
  readonly expiresAtMs?: number;
  /** A `DeviceContent` as JSON. */
  readonly contentSealed: Uint8Array;
}

export interface DeviceContent {
  readonly name: string;
  /** Base 32. */
  readonly secret: string;
  readonly issuer: string;
  readonly account: string;
  readonly form: TotpForm;
  /** Of the key that enrolled it; absent: live. */
  readonly mode?: KeyMode;
}

/** A device with what its seal holds; the secret as bytes. */
export interface OpenDevice extends Device {
  readonly content: DeviceContent;
  readonly secret: Uint8Array;
}

/** One attempt to prove control of a device within a time and a number of checks; DESIGN §1's verification, of a device. */
export interface DeviceVerification {
  readonly id: string;
  readonly tenantId: string;
  readonly subjectId: string;
  readonly deviceId: string;
  readonly state: VerificationState;
  readonly checkCount: number;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly settledAtMs?: number;
  readonly details: { readonly policy: { readonly checksMax: number } };
}

/** A phone, its spare, a tablet, a password manager and some that were forgotten; every check may try all of them. */
export const DEVICES_PER_SUBJECT_MAX = 10;
/** Long enough to find the phone and install an app. */
export const ACTIVATION_TTL_MS = 3_600_000;
export const SUBJECT_CHARACTERS_MAX = 255;
export const DEVICE_NAME_CHARACTERS_MAX = 64;
/** Percent-encoded at worst nine for one, the two fit into one QR code with room for damage. */
export const ISSUER_CHARACTERS_MAX = 50;
export const ACCOUNT_CHARACTERS_MAX = 100;

/** What is shown to people or kept as a name: no control characters, no halves of characters, not blank. */
export function isLabel(text: string, charactersMax: number): boolean {
  if (text.trim() === '' || text.length > charactersMax || !text.isWellFormed()) return false;
  return !CONTROL.test(text);
}
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/** A device whose activation did not come in time is as good as gone, whether or not the sweep has been there. */
export function isDeviceLive({ state, expiresAtMs }: Device, nowMs: number): boolean {
  return state === 'active' || expiresAtMs === undefined || nowMs < expiresAtMs;
}

export type EnrollDecision =
  | { readonly kind: 'enroll'; readonly replaces?: OpenDevice }
  | { readonly kind: 'refuse'; readonly reason: 'name-taken' | 'too-many' };

/** @param live the subject's devices that are not gone */
export function decideEnrollment(live: readonly OpenDevice[], name: string): EnrollDecision {
  const named = live.find(({ content }) => content.name === name);
  if (named) {
    return named.state === 'active'
      ? { kind: 'refuse', reason: 'name-taken' }
      : { kind: 'enroll', replaces: named };
  }
  if (live.length >= DEVICES_PER_SUBJECT_MAX) return { kind: 'refuse', reason: 'too-many' };
  return { kind: 'enroll' };
}

export type DeviceMatch =
  | { readonly kind: 'matched'; readonly device: OpenDevice; readonly step: number }
  /** A code that was right and has been accepted once already. */
  | { readonly kind: 'used' }
  | { readonly kind: 'wrong' };

/** Every device is tried, so that the time does not tell which one it was. */
export function matchDevices(devices: readonly OpenDevice[], code: string, nowMs: number): DeviceMatch {
  let match: DeviceMatch = { kind: 'wrong' };
  for (const device of devices) {
    const { secret, lastUsedStep, content } = device;
    const input = { secret, code, nowMs, form: content.form };
    const fresh = matchTotp({ ...input, ...(lastUsedStep !== undefined && { lastUsedStep }) });
    const isKnown = matchTotp(input) !== undefined;
    if (fresh && match.kind !== 'matched') match = { kind: 'matched', device, step: fresh.step };
    else if (isKnown && match.kind === 'wrong') match = { kind: 'used' };
  }
  return match;
}
