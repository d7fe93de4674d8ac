/** Whole numbers that a test can replay from a seed, so that a failure at a random point can be looked at again. */
import { createSeededRandomBytes } from './seeded-random.ts';

/** From 0, below `bound`, which is far below 2^32: the bias does not matter here. */
export type Draw = (bound: number) => number;

export function createDraw(seed: string): Draw {
  const randomBytes = createSeededRandomBytes(seed);
  return (bound) => Buffer.from(randomBytes(4)).readUInt32BE() % bound;
}
