import type { RequestWebhook } from './callback.ts';
import type { MessageChannel } from './channel.ts';
import type { EngineErrorCode } from './errors.ts';
import type { OnPending, Policy } from './policy.ts';
import type { KeyMode } from './principal.ts';

/**
 * The verification and its state machine, as pure decisions. Loading, comparing hashes and writing are the use
 * cases' work; what is allowed is decided here and nowhere else.
 *
 * ```
 *            right check                       ┌──────────┐
 *   pending ──────────────────────────────────▶│ approved │
 *      │ ├── wrong check, the last allowed ───▶│ locked   │
 *      │ ├── the expiry instant reached ──────▶│ expired  │
 *      │ └── canceled by the caller, replaced ▶│ canceled │
 *      └── start, send, wrong check: pending   └──────────┘
 * ```
 *
 * Every state but `pending` is terminal.
 */
export type VerificationState = 'pending' | 'approved' | 'expired' | 'locked' | 'canceled';
export type TerminalState = Exclude<VerificationState, 'pending'>;

export interface Verification {
  readonly id: string;
  readonly tenantId: string;
  /** Derived from the tenant and the normalised address; the same for every spelling of it. */
  readonly recipientId: string;
  readonly purpose: string;
  readonly dialect: string;
  readonly mode: KeyMode;
  readonly channel: MessageChannel;
  readonly state: VerificationState;
  readonly checkCount: number;
  readonly sendCount: number;
  readonly lastSendAtMs: number;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly settledAtMs?: number;
  readonly codeHash: StoredCodeHash;
  /** The address, sealed; kept for the retention time. */
  readonly toSealed: Uint8Array;
  /** The code and what is needed to write its text again, sealed; erased when the verification is settled. */
  readonly contentSealed?: Uint8Array;
  readonly details: VerificationDetails;
}

/** A keyed hash of the code, and the name of its key. */
export interface StoredCodeHash {
  readonly key: string;
  readonly hash: Uint8Array;
}

/** What no query asks for: stored as one JSON value. */
export interface VerificationDetails {
  readonly policy: Policy;
  readonly country?: string;
  readonly locale?: string;
  readonly sender?: string;
  readonly clientReference?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly webhook?: RequestWebhook;
}

export type Refusal = {
  readonly kind: 'refuse';
  readonly code: EngineErrorCode;
  readonly retryAfterSeconds?: number;
};

/** What decides on a check; that of a device has it as well. */
export interface Checkable extends Pick<Verification, 'state' | 'checkCount' | 'expiresAtMs'> {
  readonly details: { readonly policy: Pick<Policy, 'checksMax'> };
}

/** A verification past its time is expired whether or not the sweep has said so yet. */
export function stateAt(verification: Checkable, nowMs: number): VerificationState {
  if (verification.state === 'pending' && nowMs >= verification.expiresAtMs) return 'expired';
  return verification.state;
}

export function checksLeft(verification: Checkable, nowMs: number): number {
  if (stateAt(verification, nowMs) !== 'pending') return 0;
  return Math.max(0, verification.details.policy.checksMax - verification.checkCount);
}

export function sendsLeft(verification: Verification, nowMs: number): number {
  if (stateAt(verification, nowMs) !== 'pending') return 0;
  return Math.max(0, verification.details.policy.sendsMax - verification.sendCount);
}

export type StartDecision =
  | { readonly kind: 'create'; readonly cancels?: Verification }
  | { readonly kind: 'resend'; readonly verification: Verification }
  | Refusal;

/** @param pending the newest live verification of the recipient and purpose, if there is one */
export function decideStart(
  pending: Verification | undefined,
  onPending: OnPending,
  nowMs: number,
): StartDecision {
  if (!pending || stateAt(pending, nowMs) !== 'pending') return { kind: 'create' };
  switch (onPending) {
    case 'start-another':
      return { kind: 'create' };
    case 'replace-code':
      return { kind: 'create', cancels: pending };
    case 'reject':
      return {
        kind: 'refuse',
        code: 'verification_pending',
        retryAfterSeconds: secondsUntil(pending.expiresAtMs, nowMs),
      };
    case 'resend-same-code':
      return decideSend(pending, nowMs);
  }
}

/** Whether the same code may go out once more. A refusal leaves the live code as it is. */
export function decideSend(
  verification: Verification,
  nowMs: number,
): { readonly kind: 'resend'; readonly verification: Verification } | Refusal {
  const { policy } = verification.details;
  if (stateAt(verification, nowMs) !== 'pending') return { kind: 'refuse', code: 'verification_settled' };
  if (verification.sendCount >= policy.sendsMax) {
    return {
      kind: 'refuse',
      code: 'sends_exhausted',
      retryAfterSeconds: secondsUntil(verification.expiresAtMs, nowMs),
    };
  }
  // A clock that stepped back must not stretch the wait beyond the cool-down itself.
  const sinceLastMs = Math.max(0, nowMs - verification.lastSendAtMs);
  const waitMs = policy.cooldownSeconds * 1000 - sinceLastMs;
  if (waitMs > 0)
    return { kind: 'refuse', code: 'send_too_soon', retryAfterSeconds: Math.ceil(waitMs / 1000) };
  return { kind: 'resend', verification };
}

export type CheckOutcomeKind = 'approved' | 'incorrect' | 'expired' | 'locked' | 'settled';

export type CheckDecision =
  | { readonly kind: 'compare' }
  | {
      readonly kind: 'answer';
      readonly outcome: CheckOutcomeKind;
      /** Set where the check is what finds out that time has run out. */
      readonly settleAs?: TerminalState;
    };

/** Whether this check may be counted and compared. Expiry beats correctness; lock beats both. */
export function decideCheck(verification: Checkable, nowMs: number): CheckDecision {
  switch (verification.state) {
    case 'locked':
    case 'expired':
      return { kind: 'answer', outcome: verification.state };
    case 'approved':
    case 'canceled':
      return { kind: 'answer', outcome: 'settled' };
    case 'pending':
      if (nowMs >= verification.expiresAtMs)
        return { kind: 'answer', outcome: 'expired', settleAs: 'expired' };
      if (verification.checkCount >= verification.details.policy.checksMax) {
        return { kind: 'answer', outcome: 'locked', settleAs: 'locked' };
      }
      return { kind: 'compare' };
  }
}

/**
 * What a comparison means, given a verification that already counts this check. The last allowed wrong check is
 * still `incorrect`; the ones after it find the verification `locked`.
 */
export function settleCheck(
  counted: Checkable,
  isMatch: boolean,
): { readonly outcome: 'approved' | 'incorrect'; readonly state: VerificationState } {
  if (isMatch) return { outcome: 'approved', state: 'approved' };
  if (counted.checkCount >= counted.details.policy.checksMax)
    return { outcome: 'incorrect', state: 'locked' };
  return { outcome: 'incorrect', state: 'pending' };
}

function secondsUntil(instantMs: number, nowMs: number): number {
  return Math.max(1, Math.ceil((instantMs - nowMs) / 1000));
}
