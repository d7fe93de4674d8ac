/**
 * When to try again what failed for now. The schedules are data; who tries, what counts as failed for now, and whether
 * the thing is still wanted at that time (a code that has expired is not) is the caller's.
 */
export interface RetrySchedule {
  /** The wait after the first failed attempt, the second, and so on; there is one attempt more than waits. */
  readonly delaysMs: readonly number[];
  /** The share by which a wait is lengthened or shortened at random, so that what failed together is spread out. */
  readonly jitter: number;
  /** The longest wait that the other side's own wish (Retry-After) is granted. */
  readonly wishMaxMs: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/**
 * A message with a code. Someone is looking at a screen, so the first tries follow within seconds: eight in two
 * minutes, after which most people have asked again, and twelve in ten, after which a native code is worthless.
 */
export const CODE_SUBMIT_SCHEDULE: RetrySchedule = {
  delaysMs: [1, 2, 4, 8, 15, 30, 60, 60, 120, 120, 180].map((seconds) => seconds * SECOND),
  jitter: 0.25,
  wishMaxMs: 2 * MINUTE,
};

/** A text without a code of ours, which is as welcome an hour later: seventeen tries in half a day outlast an outage. */
export const TEXT_SUBMIT_SCHEDULE: RetrySchedule = {
  delaysMs: [
    ...[1, 4, 15, 40].map((seconds) => seconds * SECOND),
    ...[2, 7, 10, 20, 20].map((minutes) => minutes * MINUTE),
    ...[1, 1, 1, 2, 2, 2, 2].map((hours) => hours * HOUR),
  ],
  jitter: 0.25,
  wishMaxMs: HOUR,
};

/**
 * A webhook: twenty tries in 48 hours, which is what ZignSec's clients are told. Seven in the first hour for a deploy or a
 * restart, the rest for a weekend's outage that somebody repairs. Standard Webhooks spreads ten over some three days.
 *
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export const WEBHOOK_SCHEDULE: RetrySchedule = {
  delaysMs: [
    ...[5, 25, 90].map((seconds) => seconds * SECOND),
    ...[3, 10, 15, 30].map((minutes) => minutes * MINUTE),
    ...[1, 1, 2, 2, 3, 3, 4, 5, 6, 6, 7, 7].map((hours) => hours * HOUR),
  ],
  jitter: 0.1,
  wishMaxMs: 2 * HOUR,
};

/**
 * Milliseconds to wait after the given number of failed attempts; undefined when it was the last.
 *
 * @param attempts how many were made, at least 1
 * @param random uniform in [0, 1)
 * @param wishMs the other side's own wish: never sooner than it, within the schedule's bound
 */
export function nextRetryDelayMs(
  schedule: RetrySchedule,
  attempts: number,
  random: () => number,
  wishMs = 0,
): number | undefined {
  const delayMs = schedule.delaysMs[Math.max(1, attempts) - 1];
  if (delayMs === undefined) return undefined;
  const jittered = delayMs * (1 + schedule.jitter * (2 * random() - 1));
  return Math.round(Math.max(jittered, Math.min(wishMs, schedule.wishMaxMs)));
}
