/**
 * Counts failed credentials per address in bounded memory and says who has to wait. It knows no requests and no keys.
 *
 * Each address has one number, the instant at which its failures are paid off (a leaky bucket, or GCRA): a failure
 * adds `window / max`, and an address may fail while the debt is below the window. So `max` failures pass at once, then
 * one each `window / max`, which slides without keeping a list, and nobody waits longer than that after the last one.
 */
import type { Clock } from '../lib/time.ts';

export interface FailureLimiter {
  /** Undefined: may try. Else whole seconds until the next try. */
  retryAfterSeconds(group: string): number | undefined;
  recordFailure(group: string): void;
  /** True while nobody at all has failed lately: the hot path then needs no address. */
  isEmpty(): boolean;
}

/** A person with a wrong setting stops long before; a guesser of 128 bits gets nowhere. */
const FAILURES_MAX = 20;
const WINDOW_MS = 600_000;
const COST_MS = WINDOW_MS / FAILURES_MAX;
/** About 2 MB. A flood from more addresses pushes out those that failed longest ago. */
const ADDRESSES_MAX = 10_000;

export function createFailureLimiter(clock: Clock, addressesMax = ADDRESSES_MAX): FailureLimiter {
  /** Least recent failure first, because each failure is put in anew. */
  const paidOffAtMs = new Map<string, number>();

  const debtMs = (group: string, nowMs: number) => {
    const atMs = paidOffAtMs.get(group);
    if (atMs === undefined) return 0;
    // Bounded by the window, so that a clock that stepped back cannot lengthen a wait.
    return Math.min(WINDOW_MS, Math.max(0, atMs - nowMs));
  };

  return {
    retryAfterSeconds(group) {
      const overMs = debtMs(group, clock()) + COST_MS - WINDOW_MS;
      return overMs > 0 ? Math.ceil(overMs / 1000) : undefined;
    },
    recordFailure(group) {
      const nowMs = clock();
      const debt = Math.min(WINDOW_MS, debtMs(group, nowMs) + COST_MS);
      paidOffAtMs.delete(group);
      dropPaidOff(paidOffAtMs, nowMs);
      if (paidOffAtMs.size >= addressesMax) {
        const [oldest] = paidOffAtMs.keys();
        if (oldest !== undefined) paidOffAtMs.delete(oldest);
      }
      paidOffAtMs.set(group, nowMs + debt);
    },
    isEmpty: () => paidOffAtMs.size === 0,
  };
}

/** A few at a time from the front, so that a failure costs the same however many addresses there are. */
function dropPaidOff(paidOffAtMs: Map<string, number>, nowMs: number): void {
  const DROPS_MAX = 4;
  let drops = 0;
  for (const [group, atMs] of paidOffAtMs) {
    if (atMs > nowMs || drops === DROPS_MAX) return;
    paidOffAtMs.delete(group);
    drops += 1;
  }
}
