import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decideSlots, type SlotClaim, type SlotHolder, shareOf } from './carrier-slots.ts';

const NOW_MS = 1_000;
const LEASE_UNTIL_MS = 2_000;
const claim = (node: string, rest: Partial<SlotClaim> = {}): SlotClaim => ({
  ...{ carrier: 'main', node, total: 4, atMost: 4, nowMs: NOW_MS, leaseUntilMs: LEASE_UNTIL_MS },
  ...rest,
});

describe('the slots of a carrier', () => {
  it('all go to a node that is alone', () => {
    const { held, fair } = decideSlots([], claim('a'));
    assert.deepEqual([held, fair], [4, 4]);
  });

  it('are given back before another node has them', () => {
    const alone = decideSlots([], claim('a'));
    const second = decideSlots(alone.holders, claim('b'));
    assert.deepEqual([second.held, second.fair], [0, 2]);
    const first = decideSlots(second.holders, claim('a'));
    assert.deepEqual([first.held, first.fair], [4, 2]);
    const less = decideSlots(first.holders, claim('a', { atMost: first.fair }));
    assert.equal(less.held, 2);
    assert.equal(decideSlots(less.holders, claim('b', { atMost: 2 })).held, 2);
  });

  it('of a node that is gone are free when its lease has ended, not before', () => {
    const { holders } = decideSlots([], claim('a'));
    assert.equal(
      decideSlots(holders, claim('b', { nowMs: LEASE_UNTIL_MS - 1, leaseUntilMs: 9_000 })).held,
      0,
    );
    assert.equal(decideSlots(holders, claim('b', { nowMs: LEASE_UNTIL_MS, leaseUntilMs: 9_000 })).held, 4);
  });

  it('of a node that leaves are free at once', () => {
    const { holders } = decideSlots([], claim('a'));
    const left = decideSlots(holders, claim('a', { leaseUntilMs: NOW_MS }));
    assert.deepEqual(left.holders, []);
  });

  it('are never granted twice, whatever the nodes ask for and when', () => {
    const step = fc.record({
      node: fc.constantFrom('a', 'b', 'c'),
      atMost: fc.nat(6),
      afterMs: fc.nat(1_500),
      stays: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 5 }), (steps, total) => {
        let holders: readonly SlotHolder[] = [];
        let nowMs = 0;
        for (const { node, atMost, afterMs, stays } of steps) {
          nowMs += afterMs;
          const leaseUntilMs = stays ? nowMs + 1_000 : nowMs;
          holders = decideSlots(holders, claim(node, { total, atMost, nowMs, leaseUntilMs })).holders;
          const live = holders.filter((holder) => holder.leaseUntilMs > nowMs);
          assert.ok(live.reduce((sum, { slots }) => sum + slots, 0) <= total);
        }
      }),
    );
  });

  it('are parted to the last one among those who want them', () => {
    const holders = ['a', 'b', 'c'].map((node) => ({ node, slots: 0, leaseUntilMs: LEASE_UNTIL_MS }));
    const parts = ['a', 'b', 'c'].map((node) => decideSlots(holders, claim(node)).fair);
    assert.deepEqual(parts, [2, 1, 1]);
  });

  it('carry their part of the rate, where there is one', () => {
    assert.deepEqual(shareOf({ binds: 4, messagesPerSecond: 100 }, 1), { binds: 1, messagesPerSecond: 25 });
    assert.deepEqual(shareOf({ binds: 4 }, 0), { binds: 0, messagesPerSecond: undefined });
  });
});
