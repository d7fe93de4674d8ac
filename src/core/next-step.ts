import type { SubmitOutcome } from './delivery.ts';

/** What is done with a message after a carrier has answered; pure, so that every row of it can be tested. */
export type NextStep =
  | { readonly kind: 'accepted'; readonly carrierMessageIds: readonly string[] }
  /** Offer it to the next carrier at once. */
  | { readonly kind: 'next-carrier' }
  /** Offer it again later. `keepsTried`: false begins a new round through all carriers. */
  | { readonly kind: 'retry'; readonly delayMs: number; readonly keepsTried: boolean }
  | { readonly kind: 'failed'; readonly reason: string }
  /** It may have arrived, but nobody will ever say. */
  | { readonly kind: 'unconfirmed'; readonly reason: string };

export interface StepInput {
  readonly outcome: SubmitOutcome;
  /** This attempt included. */
  readonly attemptCount: number;
  /** Carriers that have not been tried in this round. */
  readonly othersLeft: number;
  /** How long the message stays worth sending. */
  readonly remainingMs: number;
  /** What the retry schedule and the carrier's own wish ask for; undefined after the last attempt. */
  readonly delayMs: number | undefined;
}

/** A person stares at the screen: a wait longer than this is worth a change of carrier. */
const PATIENCE_MS = 2_000;
/** Three texts with the same code are a nuisance, more are a bill; after that the outcome stays unknown. */
const UNKNOWN_ATTEMPTS_MAX = 3;

/**
 * - refused for good: the next carrier, or `failed`;
 * - refused for now: the same carrier after a short wait, the next one after a long one;
 * - unknown: the same text by the next carrier, because a double message is harmless and a lost code is not.
 */
export function decideNextStep(input: StepInput): NextStep {
  const { outcome, attemptCount, othersLeft, remainingMs } = input;
  if (outcome.kind === 'accepted') return outcome;
  const { reason } = outcome;
  const isForGood = outcome.kind === 'refused' && outcome.permanent;
  const delayMs = input.delayMs !== undefined && input.delayMs < remainingMs ? input.delayMs : undefined;
  if (othersLeft > 0) {
    const isWorthWaiting =
      outcome.kind === 'refused' && !isForGood && delayMs !== undefined && delayMs <= PATIENCE_MS;
    return isWorthWaiting ? { kind: 'retry', delayMs, keepsTried: true } : { kind: 'next-carrier' };
  }
  if (isForGood) return { kind: 'failed', reason };
  if (outcome.kind === 'unknown' && (delayMs === undefined || attemptCount >= UNKNOWN_ATTEMPTS_MAX)) {
    return { kind: 'unconfirmed', reason };
  }
  return delayMs === undefined ? { kind: 'failed', reason } : { kind: 'retry', delayMs, keepsTried: false };
}
