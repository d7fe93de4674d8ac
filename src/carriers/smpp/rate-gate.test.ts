import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { RateGate } from './rate-gate.ts';

/** Lets as many through as it may until `untilMs`, looking again when the gate says or `lateMs` after that. */
function drain(gate: RateGate, fromMs: number, untilMs: number, late: () => number = () => 0): number[] {
  const sent: number[] = [];
  let nowMs = fromMs;
  while (nowMs < untilMs) {
    const waitMs = gate.waitMs(nowMs);
    if (waitMs > 0) {
      nowMs += Math.ceil(waitMs) + late();
      continue;
    }
    gate.take(nowMs);
    sent.push(nowMs);
  }
  return sent;
}

function mostInAnyWindow(sent: readonly number[], windowMs: number): number {
  let most = 0;
  let start = 0;
  sent.forEach((atMs, index) => {
    while ((sent[start] ?? 0) <= atMs - windowMs) start++;
    most = Math.max(most, index - start + 1);
  });
  return most;
}

describe('the rate gate', () => {
  it('lets exactly its rate through in the long run and no more in any second', () => {
    for (const rate of [1, 7, 100, 2_500]) {
      const sent = drain(new RateGate(rate), 0, 10_000);
      assert.equal(sent.length, rate * 10, `at ${rate} a second`);
      assert.equal(mostInAnyWindow(sent, 1_000), rate);
    }
  });

  it('spreads a burst: a tenth of a second’s submits leave at once', () => {
    const sent = drain(new RateGate(100), 0, 1_000);
    assert.equal(sent.filter((atMs) => atMs === 0).length, 10);
    assert.equal(mostInAnyWindow(sent, 1), 10);
  });

  it('holds its rate whatever the pauses and the lateness of timers', () => {
    const run = fc.record({
      rate: fc.integer({ min: 1, max: 300 }),
      lateness: fc.array(fc.integer({ min: 0, max: 1_500 }), { minLength: 1, maxLength: 50 }),
    });
    fc.assert(
      fc.property(run, ({ rate, lateness }) => {
        let turn = 0;
        const late = () => lateness[turn++ % lateness.length] ?? 0;
        assert.ok(mostInAnyWindow(drain(new RateGate(rate), 0, 20_000, late), 1_000) <= rate);
      }),
      { numRuns: 100 },
    );
  });

  it('keeps a broken rate, over as many seconds as make whole submits', () => {
    const sent = drain(new RateGate(2.5), 0, 120_000);
    assert.ok(sent.length >= 299 && sent.length <= 300, `${sent.length} in 120 seconds`);
    assert.ok(mostInAnyWindow(sent, 1_200) <= 3);
  });

  it('counts what left before a change of the rate', () => {
    const gate = new RateGate(100);
    const before = drain(gate, 0, 500);
    gate.setRate(20);
    const after = drain(gate, 500, 3_000);
    assert.ok((after[0] ?? 0) >= 1_000 - 500, 'more than twenty had left in the last second');
    assert.equal(mostInAnyWindow(after, 1_000), 20);
    assert.equal(mostInAnyWindow([...before.slice(-19), ...after], 1_000), 20);
    gate.setRate(0);
    assert.equal(gate.waitMs(10_000), Number.POSITIVE_INFINITY);
    gate.setRate(undefined);
    assert.equal(gate.waitMs(10_000), 0);
  });
});
