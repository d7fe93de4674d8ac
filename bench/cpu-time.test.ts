import assert from 'node:assert/strict';
import { it } from 'node:test';
import { parseTimes } from './cpu-time.ts';

it('the times of a process are those that it and its ended children had, whatever its name', () => {
  const stat = '41 (a) (b c) S 7 41 41 0 -1 4194304 900 0 0 0 100 20 3 4 20 0 1 0 5000 1 1';
  assert.deepEqual(parseTimes(stat), { parent: 7, ticks: 127 });
});
