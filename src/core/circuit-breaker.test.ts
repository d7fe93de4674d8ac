import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type Breaker,
  breakerState,
  CLOSED,
  decideAdmission,
  FAILURES_TO_OPEN,
  recordSignal,
} from './circuit-breaker.ts';

const NOW_MS = 1_000_000;
function failed(times: number, breaker: Breaker = CLOSED, nowMs = NOW_MS): Breaker {
  return Array.from({ length: times }).reduce<Breaker>(
    (each) => recordSignal(each, 'failed', nowMs),
    breaker,
  );
}
function probe(breaker: Breaker, nowMs: number): Breaker {
  const admission = decideAdmission(breaker, nowMs);
  assert(admission.admits);
  return admission.breaker;
}

describe('a breaker', () => {
  it('opens after failures in a row, not after failures with an answer between', () => {
    assert.equal(breakerState(failed(FAILURES_TO_OPEN - 1), NOW_MS), 'closed');
    assert.equal(breakerState(failed(FAILURES_TO_OPEN), NOW_MS), 'open');
    const between = recordSignal(failed(FAILURES_TO_OPEN - 1), 'worked', NOW_MS);
    assert.equal(breakerState(failed(FAILURES_TO_OPEN - 1, between), NOW_MS), 'closed');
  });
  it('takes a refusal for good and a throttle for no news', () => {
    const almost = failed(FAILURES_TO_OPEN - 1);
    assert.equal(recordSignal(almost, 'neutral', NOW_MS), almost);
  });
  it('lets one message through when its time is over, and no second while that is under way', () => {
    const open = failed(FAILURES_TO_OPEN);
    assert.deepEqual(decideAdmission(open, NOW_MS), { admits: false, retryAfterMs: 5_000 });
    const probing = probe(open, NOW_MS + 5_000);
    assert.equal(decideAdmission(probing, NOW_MS + 5_001).admits, false);
  });
  it('is closed by an answer and opened for twice as long by a failure, up to a minute', () => {
    const open = failed(FAILURES_TO_OPEN);
    assert.equal(recordSignal(probe(open, NOW_MS + 5_000), 'worked', NOW_MS + 5_001), CLOSED);
    let breaker = open;
    let nowMs = NOW_MS;
    const waits: number[] = [];
    for (let opening = 0; opening < 6; opening += 1) {
      const waitMs = (breaker.openUntilMs ?? 0) - nowMs;
      waits.push(waitMs);
      nowMs += waitMs;
      breaker = recordSignal(probe(breaker, nowMs), 'failed', nowMs);
    }
    assert.deepEqual(waits, [5_000, 10_000, 20_000, 40_000, 60_000, 60_000]);
  });
  it('lets another through when the first never came back', () => {
    const probing = probe(failed(FAILURES_TO_OPEN), NOW_MS + 5_000);
    assert(decideAdmission(probing, NOW_MS + 5_000 + 30_000).admits);
  });
});
