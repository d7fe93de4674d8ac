import assert from 'node:assert/strict';
import { it } from 'node:test';
import { median, ratios, spread } from './statistics.ts';

it('a median is the middle one, or between the two in the middle', () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([9, 1, 5, 6]), 5.5);
  assert.equal(median([]), Number.NaN);
});

it('a spread is the median with the least and the most, and a dash of nothing', () => {
  assert.equal(spread([0.5, 0.25, 1], 2), '0.50 (0.25–1.00)');
  assert.equal(spread([1200, 900]), '1,050 (900–1,200)');
  assert.equal(spread([]), '–');
});

it('ratios are of what was measured in the same round', () => {
  assert.deepEqual(ratios([10, 30, 5], [20, 10]), [0.5, 3]);
  assert.deepEqual(ratios([10], []), []);
});
