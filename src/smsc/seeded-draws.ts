/** Draws that a seed repeats: which submit fails, how long an answer takes. Never for secrets. */
import type { Delay } from './smsc-options.ts';

export interface SeededDraws {
  /** In [0, 1). */
  next(): number;
  happens(rate: number): boolean;
  delayMs(delay: Delay): number;
}

/** Mulberry32: 32 bits of state, evenly spread, and the same on every machine. */
export function createSeededDraws(seed: number): SeededDraws {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    happens: (rate) => rate > 0 && next() < rate,
    delayMs: (delay) => (typeof delay === 'number' ? delay : delay[0] + next() * (delay[1] - delay[0])),
  };
}
