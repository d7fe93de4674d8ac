/** A clock and timers that move only when a test says so. Wall time, I/O and `setImmediate` stay real. */
import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock, TimerHandle, Timers } from '../../src/lib/time.ts';

export interface ManualClock {
  readonly now: Clock;
  readonly timers: Timers;
  /** Moves on by `ms`, firing each due timer at its instant, and lets promises settle after each one. */
  advance(ms: number): Promise<void>;
  /** Sets the wall clock, backwards too; timers do not fire and keep their remaining delay, as in an NTP step. */
  step(toEpochMs: number): void;
  /** Lets promises and immediates settle without moving time. */
  settle(): Promise<void>;
  /** Timers that wait, for asserting that nothing is left behind. */
  pendingTimers(): number;
}

interface Pending extends TimerHandle {
  readonly dueMs: number;
  readonly sequence: number;
  readonly callback: () => void;
}

/** 1 January 2026, 00:00 UTC: no test should depend on it, but a readable one helps in a failure. */
export const MANUAL_CLOCK_START_MS = 1_767_225_600_000;
// Group commit and promise chains take a few turns of the event loop between a timer and its effect.
const TURNS_TO_SETTLE = 4;

export function createManualClock(startMs = MANUAL_CLOCK_START_MS): ManualClock {
  let wallMs = startMs;
  let elapsedMs = 0;
  let sequence = 0;
  const pending = new Set<Pending>();

  const settle = async () => {
    for (let turn = 0; turn < TURNS_TO_SETTLE; turn += 1) await nextTurn();
  };
  const moveTo = (targetMs: number) => {
    wallMs += targetMs - elapsedMs;
    elapsedMs = targetMs;
  };
  const takeDue = (untilMs: number): Pending | undefined => {
    const due = [...pending].filter((timer) => timer.dueMs <= untilMs);
    due.sort((a, b) => a.dueMs - b.dueMs || a.sequence - b.sequence);
    return due[0];
  };

  return {
    now: () => wallMs,
    timers: {
      setTimeout(callback, delayMs) {
        sequence += 1;
        // Node.js rounds a delay below one millisecond up to one.
        const timer: Pending = {
          callback,
          sequence,
          dueMs: elapsedMs + Math.max(1, Math.trunc(delayMs)),
          unref: () => timer,
        };
        pending.add(timer);
        return timer;
      },
      clearTimeout(handle) {
        pending.delete(handle as Pending);
      },
    },
    async advance(ms) {
      assert(ms >= 0, 'time moves forward; use step() to turn the clock back');
      const targetMs = elapsedMs + ms;
      await settle();
      for (let timer = takeDue(targetMs); timer; timer = takeDue(targetMs)) {
        pending.delete(timer);
        moveTo(timer.dueMs);
        timer.callback();
        await settle();
      }
      moveTo(targetMs);
      await settle();
    },
    step(toEpochMs) {
      wallMs = toEpochMs;
    },
    settle,
    pendingTimers: () => pending.size,
  };
}
