// Threats: guesses that multiply over resends, verifications and clocks; a person locked out by an attacker's starts
// (SECURITY.md rule 2). A start has no function here to call, which is the answer to the second.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  CONSECUTIVE_FAILURES_MAX,
  countFailure,
  decideBudget,
  FAILURE_WINDOW_MS,
  FAILURES_PER_WINDOW_MAX,
  type FailureBudget,
  refundFailures,
} from './failure-budget.ts';

const START = 1_700_000_000_000;

/** Fails the given number of times, each as soon as the budget lets it. */
function failPatiently(count: number): { budget: FailureBudget | undefined; nowMs: number; waits: number[] } {
  let budget: FailureBudget | undefined;
  let nowMs = START;
  const waits: number[] = [];
  for (let failures = 0; failures < count; failures += 1) {
    budget = countFailure(budget, nowMs);
    const decision = decideBudget(budget, nowMs);
    if (decision.kind === 'disabled') break;
    const waitSeconds = decision.kind === 'blocked' ? decision.retryAfterSeconds : 0;
    waits.push(waitSeconds);
    nowMs += waitSeconds * 1000;
  }
  return { budget, nowMs, waits };
}

describe('a failure budget', () => {
  it('that is absent is open', () => assert.deepEqual(decideBudget(undefined, START), { kind: 'open' }));

  it('lets nine failures pass without a wait and waits from the tenth', () => {
    const { waits } = failPatiently(10);
    assert.deepEqual(waits.slice(0, 9), Array(9).fill(0));
    assert.ok((waits[9] ?? 0) > 0);
  });

  it('waits grow well before the hundredth, and none is longer than an hour', () => {
    const { waits } = failPatiently(CONSECUTIVE_FAILURES_MAX - 1);
    const [tenth = 0, fifteenth = 0, twentieth = 0] = [waits[9], waits[14], waits[19]];
    assert.ok(0 < tenth && tenth < fifteenth && fifteenth < twentieth);
    assert.ok(Math.max(...waits) <= 3600);
    assert.ok(waits.slice(50).some((wait) => wait === 3600));
  });

  it('is blocked until its window ends after thirty failures', () => {
    let budget: FailureBudget | undefined;
    for (let failures = 0; failures < FAILURES_PER_WINDOW_MAX; failures += 1)
      budget = countFailure(budget, START);
    assert.equal(decideBudget(budget, START + FAILURE_WINDOW_MS - 1).kind, 'blocked');
    assert.equal(decideBudget(budget, START + FAILURE_WINDOW_MS).kind, 'open');
  });

  it('counts anew in a window that begins with the first failure at or after the end of the last', () => {
    const first = countFailure(countFailure(undefined, START), START + FAILURE_WINDOW_MS - 1);
    assert.equal(first.failures, 2);
    const next = countFailure(first, START + FAILURE_WINDOW_MS);
    assert.deepEqual([next.failures, next.windowEndsAtMs], [1, START + 2 * FAILURE_WINDOW_MS]);
    assert.equal(next.consecutive, 3);
  });

  it('is disabled at the hundredth consecutive failure, for as long as nobody lifts it', () => {
    const { budget, nowMs } = failPatiently(CONSECUTIVE_FAILURES_MAX);
    assert.equal(budget?.consecutive, CONSECUTIVE_FAILURES_MAX);
    assert.deepEqual(decideBudget(budget, nowMs), { kind: 'disabled' });
    assert.deepEqual(decideBudget(budget, nowMs + 365 * 24 * FAILURE_WINDOW_MS), { kind: 'disabled' });
  });

  it('allows no more in a row, nor in an hour, than the standard does', () => {
    assert.deepEqual([CONSECUTIVE_FAILURES_MAX, FAILURES_PER_WINDOW_MAX], [100, 30]);
  });

  it('keeps what was failed elsewhere when a right code comes: a sign-in buys a guesser nothing but the end of a run', () => {
    const { budget } = failPatiently(10);
    assert.ok(budget !== undefined && budget.blockedUntilMs > 0);
    let guessed = refundFailures(budget, 2);
    assert.deepEqual(guessed, { ...budget, failures: 8, consecutive: 0, blockedUntilMs: 0 });
    // A sign-in after each guess, until the hour is used up and nothing is compared any more.
    for (let guesses = 8; guesses < FAILURES_PER_WINDOW_MAX; guesses += 1) {
      assert.equal(decideBudget(guessed, START).kind, 'open');
      guessed = countFailure(refundFailures(guessed, 0), START);
    }
    assert.deepEqual(decideBudget(guessed, START), { kind: 'blocked', retryAfterSeconds: 3600 });
    assert.equal(refundFailures(countFailure(undefined, START), 1), undefined);
    assert.equal(refundFailures(undefined, 3), undefined);
  });

  it('says a retry time that is enough', () => {
    const { budget } = failPatiently(9);
    const next = countFailure(budget, START);
    const decision = decideBudget(next, START);
    assert.ok(decision.kind === 'blocked');
    assert.equal(decideBudget(next, START + decision.retryAfterSeconds * 1000).kind, 'open');
  });

  it('a clock that stepped back opens nothing, and the wait told stays bounded', () => {
    let budget: FailureBudget | undefined;
    for (let failures = 0; failures < FAILURES_PER_WINDOW_MAX; failures += 1)
      budget = countFailure(budget, START);
    const decision = decideBudget(budget, START - 24 * FAILURE_WINDOW_MS);
    assert.deepEqual(decision, { kind: 'blocked', retryAfterSeconds: 3600 });
  });

  it('lets at most 100 guesses through, and few in any hour, however they are timed', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -60_000, max: 1_800_000 }), { maxLength: 400 }), (steps) => {
        let budget: FailureBudget | undefined;
        let nowMs = START;
        let compared = 0;
        for (const step of steps) {
          nowMs += step;
          if (decideBudget(budget, nowMs).kind !== 'open') continue;
          budget = countFailure(budget, nowMs);
          compared += 1;
          assert.equal(budget.consecutive, compared);
          assert.ok(budget.failures >= 1 && budget.failures <= FAILURES_PER_WINDOW_MAX);
          assert.ok(budget.blockedUntilMs === 0 || budget.blockedUntilMs > nowMs);
        }
        assert.ok(compared <= CONSECUTIVE_FAILURES_MAX);
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  it('the seam of two windows gives a guesser little: never more than forty in a sliding hour', () => {
    for (let firstGapMs = 0; firstGapMs <= FAILURE_WINDOW_MS; firstGapMs += 60_000) {
      let budget = countFailure(undefined, START);
      const compared = [START];
      for (let nowMs = START + firstGapMs; nowMs < START + 4 * FAILURE_WINDOW_MS; nowMs += 1000) {
        while (decideBudget(budget, nowMs).kind === 'open') {
          budget = countFailure(budget, nowMs);
          compared.push(nowMs);
        }
      }
      for (const [index, at] of compared.entries()) {
        const inHour = compared.slice(index).filter((time) => time < at + FAILURE_WINDOW_MS).length;
        assert.ok(inHour <= 40, `${inHour} guesses in the hour from ${at - START} ms`);
      }
    }
  });
});
