import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSystemRandomBytes } from './random.ts';

test('draws are of the length asked for, never repeat across pages, and belong to the caller', () => {
  const randomBytes = createSystemRandomBytes();
  const seen = new Set<string>();
  const first = randomBytes(16);
  const copy = Uint8Array.from(first);
  for (let i = 0; i < 2_000; i += 1) seen.add(Buffer.from(randomBytes(16)).toString('hex'));
  assert.equal(seen.size, 2_000);
  assert(!seen.has('0'.repeat(32)));
  assert.deepEqual(first, copy);
  for (const count of [0, 1, 1024, 1025, 4096, 10_000]) assert.equal(randomBytes(count).length, count);
});
