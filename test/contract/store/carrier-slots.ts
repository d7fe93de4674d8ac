/** The slots of a carrier's account are divided among nodes, and none is held twice, however they come together. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SlotClaim } from '../../../src/core/carrier-slots.ts';
import { type OpenDatabase, onStore } from './database.ts';

const TOTAL = 4;
const LEASE_MS = 60_000;

/** For stores that several machines share; others have no such method. */
export function describeCarrierSlots(open: OpenDatabase): void {
  describe('carrier slots', () => {
    it(
      'are never held twice by nodes that claim at once, and all of them are held in the end',
      onStore(open, async ({ database, store, make }) => {
        const others = await Promise.all([database.open(), database.open()]);
        const nodes = [store, ...others];
        const claim = (index: number, rest: Partial<SlotClaim> = {}) => {
          const { nowMs } = make;
          const defaults = { carrier: 'main', total: TOTAL, atMost: TOTAL, leaseUntilMs: nowMs + LEASE_MS };
          const claimSlots = nodes[index]?.claimSlots ?? assert.fail('no slots');
          return claimSlots({ ...defaults, node: `node-${index}`, nowMs, ...rest });
        };
        const first = await Promise.all(nodes.map((_, index) => claim(index)));
        assert.equal(
          first.reduce((sum, { held }) => sum + held, 0),
          TOTAL,
        );

        await Promise.all(nodes.map((_, index) => claim(index, { atMost: index === 0 ? 2 : 1 })));
        const fair = await Promise.all(
          nodes.map((_, index) => claim(index, { atMost: index === 0 ? 2 : 1 })),
        );
        assert.deepEqual(
          fair.map(({ held }) => held),
          [2, 1, 1],
        );
        assert.deepEqual(
          fair.map((grant) => grant.fair),
          [2, 1, 1],
        );

        await claim(1, { atMost: 0, leaseUntilMs: make.nowMs });
        assert.deepEqual(await claim(2), { held: 2, fair: 2 });
        assert.deepEqual(await claim(2, { carrier: 'spare' }), { held: TOTAL, fair: TOTAL });
        const later = { nowMs: make.nowMs + LEASE_MS, leaseUntilMs: make.nowMs + 2 * LEASE_MS };
        assert.deepEqual(await claim(2, later), { held: TOTAL, fair: TOTAL });
      }),
    );
  });
}
