// Threats: message bombing (DESIGN §5), and more granted because a clock moved.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Counter, countEvent, counterKey, DEFAULT_LIMITS, type Limit } from './rate-limit.ts';

const limit: Limit = { name: 'five-in-ten', subject: 'recipient', max: 5, windowSeconds: 600 };
const key = counterKey(limit, 'tenant', 'recipient');
const START = 1_700_000_000_000;

/** Counts events one after the other and tells which were allowed. */
function run(times: readonly number[]) {
  let counter: Counter | undefined;
  return times.map((nowMs) => {
    const decision = countEvent(limit, key, counter, nowMs);
    if (decision.allowed) counter = decision.counter;
    return decision;
  });
}

describe('a limit', () => {
  it('allows its maximum in a window and says when the window ends', () => {
    const decisions = run([0, 1, 2, 3, 4, 5].map((seconds) => START + seconds * 1000));
    assert.deepEqual(
      decisions.map(({ allowed }) => allowed),
      [true, true, true, true, true, false],
    );
    assert.deepEqual(decisions.at(-1), { allowed: false, retryAfterSeconds: 595 });
  });

  it('allows again exactly at the end of the window, not a millisecond sooner', () => {
    const full = [START, START, START, START, START];
    assert.equal(run([...full, START + 599_999]).at(-1)?.allowed, false);
    assert.equal(run([...full, START + 600_000]).at(-1)?.allowed, true);
  });

  it('never says to retry after no time at all, and the time it says is enough', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 200_000 }), { maxLength: 40 }), (gaps) => {
        let nowMs = START;
        let counter: Counter | undefined;
        for (const gap of gaps) {
          nowMs += gap;
          const decision = countEvent(limit, key, counter, nowMs);
          if (decision.allowed) {
            counter = decision.counter;
            continue;
          }
          assert.ok(decision.retryAfterSeconds >= 1 && decision.retryAfterSeconds <= limit.windowSeconds);
          const later = nowMs + decision.retryAfterSeconds * 1000;
          assert.equal(countEvent(limit, key, counter, later).allowed, true);
        }
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it('admits at most its maximum in each window, whatever the clock does', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -300_000, max: 300_000 }), { maxLength: 80 }), (steps) => {
        let nowMs = START;
        let counter: Counter | undefined;
        for (const step of steps) {
          nowMs += step;
          const decision = countEvent(limit, key, counter, nowMs);
          if (!decision.allowed) {
            assert.ok(decision.retryAfterSeconds >= 1 && decision.retryAfterSeconds <= limit.windowSeconds);
            continue;
          }
          assert.ok(decision.counter.count >= 1 && decision.counter.count <= limit.max);
          // A new window opens only at or after the end of the one before.
          if (counter && decision.counter.startedAtMs !== counter.startedAtMs) {
            assert.ok(nowMs >= counter.endsAtMs);
          }
          counter = decision.counter;
        }
      }),
      { numRuns: 500, seed: 1 },
    );
  });

  it('a clock that stepped back opens no new window', () => {
    const full = [START, START, START, START, START];
    const refused = run([...full, START - 3_600_000]).at(-1);
    assert.deepEqual(refused, { allowed: false, retryAfterSeconds: 600 });
  });
});

it('the defaults are those of the design', () => {
  assert.deepEqual(
    DEFAULT_LIMITS.map(({ subject, max, windowSeconds }) => [subject, max, windowSeconds]),
    [
      ['recipient', 5, 600],
      ['recipient', 20, 86_400],
    ],
  );
  assert.equal(new Set(DEFAULT_LIMITS.map(({ name }) => name)).size, DEFAULT_LIMITS.length);
});

it('counters of two limits, tenants or subjects never meet', () => {
  const keys = [
    counterKey(limit, 'a', 'x'),
    counterKey(limit, 'b', 'x'),
    counterKey(limit, 'a', 'y'),
    counterKey({ ...limit, name: 'other' }, 'a', 'x'),
  ];
  assert.equal(new Set(keys).size, keys.length);
});
