import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createCapturingLogger } from '../../test/support/capturing-logger.ts';
import { createManualClock } from '../../test/support/manual-clock.ts';
import { type CarrierShare, decideSlots, type SlotClaim, type SlotHolder } from '../core/carrier-slots.ts';
import { createCarrierSharing, RENEW_MS, SLOT_LEASE_MS } from './share-carriers.ts';

const ACCOUNT = { binds: 4, messagesPerSecond: 100 };

/** Nodes on one database, and what each one's carrier was told last. */
function setUp(names: readonly string[]) {
  const clock = createManualClock();
  const database = { holders: [] as readonly SlotHolder[], isDown: false };
  async function claimSlots(claim: SlotClaim) {
    if (database.isDown) throw new Error('the database is down');
    const { holders, ...grant } = decideSlots(database.holders, claim);
    database.holders = holders;
    return grant;
  }
  const nodes = names.map((node) => {
    const shares: CarrierShare[] = [];
    const carrier = { account: ACCOUNT, setShare: (share: CarrierShare) => void shares.push(share) };
    const { timers, now } = clock;
    const sharing = createCarrierSharing({
      ...{ claimSlots, node, timers, clock: now, logger: createCapturingLogger() },
      carriers: new Map([['main', carrier]]),
    });
    return { ...sharing, binds: () => shares.at(-1)?.binds, rate: () => shares.at(-1)?.messagesPerSecond };
  });
  return { clock, database, nodes };
}

describe('sharing a carrier', () => {
  it('begins with nothing, and gives all to a node that is alone', async () => {
    const { nodes } = setUp(['a']);
    const [a] = nodes;
    assert(a);
    assert.deepEqual([a.binds(), a.rate()], [0, 0]);
    await a.renew();
    await a.renew();
    assert.deepEqual([a.binds(), a.rate()], [4, 100]);
  });

  it('parts it among nodes as they come and go, and never uses more than there is', async () => {
    const { clock, nodes } = setUp(['a', 'b', 'c']);
    const [a, b, c] = nodes;
    assert(a && b && c);
    const rounds = async (present: readonly (typeof a)[]) => {
      for (let round = 0; round < 4; round += 1) {
        for (const node of present) {
          await node.renew();
          const used = present.reduce((sum, { binds }) => sum + (binds() ?? 0), 0);
          assert.ok(used <= ACCOUNT.binds);
        }
        await clock.advance(RENEW_MS);
      }
    };
    await rounds([a]);
    await rounds([a, b]);
    assert.deepEqual([a.binds(), b.binds(), b.rate()], [2, 2, 50]);
    await rounds([a, b, c]);
    assert.deepEqual([a.binds(), b.binds(), c.binds()], [2, 1, 1]);
    await a.release();
    await rounds([b, c]);
    assert.deepEqual([b.binds(), c.binds()], [2, 2]);
  });

  it('a node that cannot renew stops before its lease ends, and comes back when it can', async () => {
    const { clock, database, nodes } = setUp(['a']);
    const [a] = nodes;
    assert(a);
    await a.renew();
    await a.renew();
    database.isDown = true;
    await clock.advance(RENEW_MS);
    await a.renew();
    assert.equal(a.binds(), 4, 'one failure is nothing');
    await clock.advance(SLOT_LEASE_MS - 3 * RENEW_MS);
    await a.renew();
    assert.equal(a.binds(), 0);
    database.isDown = false;
    await a.renew();
    assert.equal(a.binds(), 4);
  });
});
