import type { MessageChannel } from './channel.ts';
import type { CodeAlphabet } from './code.ts';
import type { NumberStrictness } from './phone-number.ts';

/**
 * The numbers and choices that govern a verification. How a vendor behaves is data of this shape, given by its
 * dialect; the engine never asks which dialect is calling.
 */
export interface Policy {
  readonly codeAlphabet: CodeAlphabet;
  readonly codeLength: number;
  readonly ttlSeconds: number;
  readonly checksMax: number;
  readonly sendsMax: number;
  /** The least time between two sends of one verification; 0 where a vendor has none. */
  readonly cooldownSeconds: number;
  readonly onPending: OnPending;
  readonly numberStrictness: NumberStrictness;
  /** The most SMS segments that a text may need; longer is `message_too_long`. Absent: only warned about. */
  readonly segmentsMax?: number;
  /** Calling codes that may be addressed, without `+`. Absent: every one. */
  readonly callingCodes?: readonly string[];
  /** Number types that are refused, as libphonenumber names them. */
  readonly refusedNumberTypes?: readonly string[];
  /** A code stays between the engine and the recipient; see `DisclosedPolicy`. */
  readonly disclosure?: undefined;
  /** Where an unanswered message goes next; the first whose time has come and that can be served is used. */
  readonly fallback?: readonly FallbackStep[];
}

/**
 * For a vendor whose contract is to tell the caller the code. It is no `Policy`, and a `Policy` is none of these: a
 * start that takes the one refuses the other, so nobody discloses a code by a slip. Every start makes a new code,
 * because one that has been kept sealed is not opened again to be shown.
 */
export interface DisclosedPolicy extends Omit<Policy, 'disclosure' | 'onPending'> {
  readonly disclosure: 'to-caller';
  readonly onPending: Extract<OnPending, 'start-another' | 'replace-code'>;
}

/**
 * What a second start for the same recipient and purpose does while a verification is live:
 * - `resend-same-code`: the same verification, its code sent again;
 * - `replace-code`: the older one is canceled, a new one with a new code begins;
 * - `start-another`: a second one beside it, with an id and a code of its own;
 * - `reject`: refused until the first is settled.
 */
export type OnPending = 'resend-same-code' | 'replace-code' | 'start-another' | 'reject';

export interface FallbackStep {
  readonly channel: MessageChannel;
  /** Seconds after the previous send without a receipt of delivery. */
  readonly afterSeconds: number;
  /** Left out where the address or the routes do not have the channel; one that is not refuses the start then. */
  readonly isOptional?: boolean;
}

/** SP 800-63B-4 §3.1.3.2 and OWASP ASVS 6.5.5 ask for ten minutes at most and at least 20 bits. */
export const NATIVE_POLICY: Policy = {
  codeAlphabet: 'digits',
  codeLength: 6,
  ttlSeconds: 600,
  checksMax: 5,
  sendsMax: 5,
  cooldownSeconds: 30,
  onPending: 'resend-same-code',
  numberStrictness: 'valid',
};

/** The bounds within which a caller may set a policy's numbers. */
export const POLICY_BOUNDS = {
  codeLength: { min: 4, max: 20 },
  ttlSeconds: { min: 30, max: 604_800 },
  checksMax: { min: 1, max: 20 },
  sendsMax: { min: 1, max: 20 },
} as const;
