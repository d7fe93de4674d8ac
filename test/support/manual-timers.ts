/** The manual clock in the form that src/smpp takes, and a pause in which everything in memory that needs no time happens. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Timers } from '../../src/smpp/timers.ts';
import { createManualClock } from './manual-clock.ts';

export interface ManualTimers extends Timers {
  /** Runs what falls due, in order, letting promises and in-memory streams settle after each. */
  advance(ms: number): Promise<void>;
  /** Timers that wait. */
  readonly pending: number;
}

/** Streams in memory pass on one chunk in a few ticks, and a flood in as many turns as it has chunks. */
export async function settle(turns = 10): Promise<void> {
  for (let i = 0; i < turns; i++) await nextTurn();
}

export function createManualTimers(): ManualTimers {
  const clock = createManualClock(0);
  return {
    now: clock.now,
    setTimeout: (callback, delayMs) => clock.timers.setTimeout(callback, delayMs),
    clearTimeout: (handle) =>
      clock.timers.clearTimeout(handle as Parameters<typeof clock.timers.clearTimeout>[0]),
    async advance(ms) {
      await settle();
      await clock.advance(ms);
      await settle();
    },
    get pending() {
      return clock.pendingTimers();
    },
  };
}
