/**
 * How many wrong codes a recipient of a tenant is forgiven, whichever verification, channel or dialect they were
 * given to (NIST SP 800-63B-4 §3.2.2). Each wrong check is counted; a right one clears the count. A budget that is
 * absent is an untouched one. Nothing here looks at starts: sending codes to a person never locks them out.
 */
export interface FailureBudget {
  /** Wrong checks in the window that ends at `windowEndsAtMs`. */
  readonly failures: number;
  readonly windowEndsAtMs: number;
  /** Wrong checks since the last right one. */
  readonly consecutive: number;
  /** No check is compared before this instant. */
  readonly blockedUntilMs: number;
}

/** 30 in an hour: six exhausted verifications, more than any person, 1 in 33 000 for a guesser of six digits. */
export const FAILURES_PER_WINDOW_MAX = 30;
export const FAILURE_WINDOW_MS = 3_600_000;
/** SP 800-63B-4 §3.2.2 allows no more than 100 consecutive failures; after that only an operator or the tenant lifts it. */
export const CONSECUTIVE_FAILURES_MAX = 100;
/** From the tenth on, every fifth consecutive failure doubles a wait that begins with this. */
const FIRST_WAIT_MS = 30_000;
const WAIT_MAX_MS = 3_600_000;
const WAITS_FROM = 10;
const WAITS_EVERY = 5;

export type BudgetDecision =
  | { readonly kind: 'open' }
  | { readonly kind: 'blocked'; readonly retryAfterSeconds: number }
  | { readonly kind: 'disabled' };

export function decideBudget(budget: FailureBudget | undefined, nowMs: number): BudgetDecision {
  if (!budget) return { kind: 'open' };
  if (budget.consecutive >= CONSECUTIVE_FAILURES_MAX) return { kind: 'disabled' };
  // Bounded by the longest wait, so that a clock that stepped back cannot lengthen it.
  const waitMs = Math.min(budget.blockedUntilMs - nowMs, WAIT_MAX_MS);
  if (waitMs > 0) return { kind: 'blocked', retryAfterSeconds: Math.ceil(waitMs / 1000) };
  return { kind: 'open' };
}

/** The budget with one more wrong check in it. */
export function countFailure(budget: FailureBudget | undefined, nowMs: number): FailureBudget {
  const isSameWindow = budget !== undefined && nowMs < budget.windowEndsAtMs;
  const failures = isSameWindow ? budget.failures + 1 : 1;
  const windowEndsAtMs = isSameWindow ? budget.windowEndsAtMs : nowMs + FAILURE_WINDOW_MS;
  const consecutive = (budget?.consecutive ?? 0) + 1;
  const windowBlockMs = failures >= FAILURES_PER_WINDOW_MAX ? windowEndsAtMs : 0;
  const blockedUntilMs = Math.max(budget?.blockedUntilMs ?? 0, windowBlockMs, nowMs + waitAfter(consecutive));
  return {
    failures,
    windowEndsAtMs,
    consecutive,
    blockedUntilMs: blockedUntilMs > nowMs ? blockedUntilMs : 0,
  };
}

/**
 * The budget after a right code: the run of consecutive failures ends, and the wrong checks of the approved
 * verification itself are forgiven as the person's own slips. Those at other verifications stay: otherwise each
 * sign-in of the person would buy a guesser a new budget.
 *
 * @param budget without the right check
 * @param ownFailures wrong checks of the approved verification
 */
export function refundFailures(
  budget: FailureBudget | undefined,
  ownFailures: number,
): FailureBudget | undefined {
  if (!budget) return undefined;
  const failures = Math.max(0, budget.failures - ownFailures);
  if (failures === 0) return undefined;
  return { ...budget, failures, consecutive: 0, blockedUntilMs: 0 };
}

function waitAfter(consecutive: number): number {
  if (consecutive < WAITS_FROM || consecutive % WAITS_EVERY !== 0) return 0;
  return Math.min(WAIT_MAX_MS, FIRST_WAIT_MS * 2 ** ((consecutive - WAITS_FROM) / WAITS_EVERY));
}
