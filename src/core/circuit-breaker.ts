/**
 * Whether a carrier is worth asking, from how it answered lately. After some failures in a row it is left alone for
 * a while (open); then one message is let through to see (half-open), and its answer closes or opens it again for
 * twice as long. Being refused for good says nothing against a carrier, nor does being asked to slow down.
 */
export interface Breaker {
  readonly failures: number;
  /** How often it has opened since it last worked. */
  readonly openings: number;
  /** Absent while closed. */
  readonly openUntilMs?: number;
  /** While half-open: the one that was let through must have come back by then, or another is. */
  readonly probeUntilMs?: number;
}

export type BreakerState = 'closed' | 'half-open' | 'open';
export type BreakerSignal = 'worked' | 'failed' | 'neutral';

export const CLOSED: Breaker = { failures: 0, openings: 0 };

/** Five in a row are no accident; a carrier in that state costs each message a time-out. */
export const FAILURES_TO_OPEN = 5;
const OPEN_FIRST_MS = 5_000;
/** A carrier that is back should not be missed for longer than a minute. */
const OPEN_MAX_MS = 60_000;
const PROBE_MS = 30_000;

export function breakerState(breaker: Breaker, nowMs: number): BreakerState {
  if (breaker.openUntilMs === undefined) return 'closed';
  return nowMs < Math.min(breaker.openUntilMs, nowMs + OPEN_MAX_MS) ? 'open' : 'half-open';
}

/** Whether one more message may go through now; when it may not, `retryAfterMs` says how long that lasts at least. */
export function decideAdmission(
  breaker: Breaker,
  nowMs: number,
):
  | { readonly admits: true; readonly breaker: Breaker }
  | { readonly admits: false; readonly retryAfterMs: number } {
  const state = breakerState(breaker, nowMs);
  if (state === 'closed') return { admits: true, breaker };
  if (state === 'open') return { admits: false, retryAfterMs: (breaker.openUntilMs ?? nowMs) - nowMs };
  const probeLeftMs = (breaker.probeUntilMs ?? nowMs) - nowMs;
  if (probeLeftMs > 0 && probeLeftMs <= PROBE_MS) return { admits: false, retryAfterMs: probeLeftMs };
  return { admits: true, breaker: { ...breaker, probeUntilMs: nowMs + PROBE_MS } };
}

export function recordSignal(breaker: Breaker, signal: BreakerSignal, nowMs: number): Breaker {
  if (signal === 'neutral') return breaker;
  if (signal === 'worked') return CLOSED;
  const failures = breaker.failures + 1;
  const state = breakerState(breaker, nowMs);
  // Answers of messages that were under way when it opened are no news.
  if (state === 'open') return { ...breaker, failures };
  if (state === 'closed' && failures < FAILURES_TO_OPEN) return { ...breaker, failures };
  const openings = breaker.openings + 1;
  const openMs = Math.min(OPEN_MAX_MS, OPEN_FIRST_MS * 2 ** (openings - 1));
  return { failures, openings, openUntilMs: nowMs + openMs };
}
