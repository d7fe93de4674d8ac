/** Random bytes that a test can replay. Not random enough for anything else. */
import { createHash } from 'node:crypto';
import type { RandomBytes } from '../../src/lib/random.ts';

export function createSeededRandomBytes(seed: string): RandomBytes {
  let block = 0;
  let pool = Buffer.alloc(0);
  return (count) => {
    const blocks = [pool];
    let length = pool.length;
    while (length < count) {
      const next = createHash('sha256').update(`${seed}:${block}`).digest();
      block += 1;
      length += next.length;
      blocks.push(next);
    }
    const drawn = Buffer.concat(blocks);
    pool = drawn.subarray(count);
    return Uint8Array.from(drawn.subarray(0, count));
  };
}
