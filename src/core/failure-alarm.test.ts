/** Threat: one code sprayed over many numbers, each of which sees a single wrong code. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countWrongCode, type FailureWindow } from './failure-alarm.ts';

const alarm = { max: 3, windowSeconds: 60 };

/** At which of these instants it trips. */
function tripsAt(...instantsMs: readonly number[]): readonly number[] {
  let known: FailureWindow | undefined;
  return instantsMs.filter((nowMs) => {
    const { window, trips } = countWrongCode(alarm, known, nowMs);
    known = window;
    return trips;
  });
}

test('it trips at the wrong code that makes the number full, and once in a window', () => {
  assert.deepEqual(tripsAt(0, 1, 2, 3, 4, 5, 6), [2]);
});

test('a window ends with its last instant, and the next one trips anew', () => {
  assert.deepEqual(tripsAt(0, 1, 60_000, 60_001, 60_002, 60_003), [60_002]);
});

test('a clock that stepped back begins another window', () => {
  assert.deepEqual(tripsAt(100_000, 100_001, 5, 6, 7), [7]);
});
