/**
 * Holds a carrier to so many requests at once and so many messages per second, evenly spaced and in order. What would
 * wait longer than is sensible is turned away with the time after which to come back.
 */
import { type Clock, sleep, type Timers } from '../../lib/time.ts';

export interface PacerOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly concurrentMax: number;
  /** Absent: as fast as the aggregator answers. */
  readonly messagesPerSecond?: number | undefined;
}

export type Turn =
  | { readonly kind: 'entered'; leave(): void }
  | { readonly kind: 'full'; readonly retryAfterMs: number }
  | { readonly kind: 'aborted' };

/** Well within the time that a submit may take, and longer than a burst that a second's rate evens out. */
const WAIT_MS_MAX = 5_000;

export interface Pacer {
  enter(signal: AbortSignal): Promise<Turn>;
}

export function createPacer({ clock, timers, concurrentMax, messagesPerSecond }: PacerOptions): Pacer {
  const spacingMs = messagesPerSecond === undefined ? 0 : 1000 / messagesPerSecond;
  const waiting = new Set<(isAdmitted: boolean) => void>();
  let active = 0;
  let nextSlotMs = 0;

  const leave = () => {
    const [next] = waiting;
    if (!next) {
      active -= 1;
      return;
    }
    waiting.delete(next);
    next(true);
  };
  const once = (work: () => void) => {
    let isDone = false;
    return () => {
      if (isDone) return;
      isDone = true;
      work();
    };
  };
  const admit = async (signal: AbortSignal): Promise<boolean> => {
    if (active < concurrentMax) {
      active += 1;
      return true;
    }
    return new Promise((resolve) => {
      const settle = (isAdmitted: boolean) => {
        signal.removeEventListener('abort', giveUp);
        resolve(isAdmitted);
      };
      const giveUp = () => {
        waiting.delete(settle);
        settle(false);
      };
      waiting.add(settle);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  };

  return {
    async enter(signal) {
      const nowMs = clock();
      // Further ahead than any slot is ever given: the clock was set back, and the old time must not be waited for.
      const isClockBack = nextSlotMs > nowMs + WAIT_MS_MAX + spacingMs;
      const slotMs = isClockBack ? nowMs : Math.max(nowMs, nextSlotMs);
      if (slotMs - nowMs > WAIT_MS_MAX) return { kind: 'full', retryAfterMs: Math.ceil(slotMs - nowMs) };
      nextSlotMs = slotMs + spacingMs;
      if (slotMs > nowMs) await sleep(timers, Math.ceil(slotMs - nowMs), signal);
      if (signal.aborted || !(await admit(signal))) return { kind: 'aborted' };
      return { kind: 'entered', leave: once(leave) };
    },
  };
}
