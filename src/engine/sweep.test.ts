/** How often it is swept; what each step takes and leaves is tested on the stores. */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { createEngineHarness } from '../../test/support/engine-harness.ts';
import { openTestStore } from '../../test/support/open-test-store.ts';
import { createStoreFixtures } from '../../test/support/store-fixtures.ts';
import type { Store } from './ports.ts';
import { DEFAULT_RETENTION, startSweeping, sweep } from './sweep.ts';

/** Of which each step finds nothing to do, but for so many old rows. */
function createStoreWith(oldRows: number) {
  let left = oldRows;
  const nothing = async () => 0;
  const noEvents = async () => ({ count: 0, events: [] });
  const steps = {
    expireVerifications: noEvents,
    closeUnconfirmed: noEvents,
    async deleteOld(_beforeMs: number, limit: number) {
      const taken = Math.min(left, limit);
      left -= taken;
      return taken;
    },
    deleteStale: nothing,
    deleteStaleDevices: nothing,
    loadSigningKeys: async () => [],
  };
  return { store: steps as unknown as Store, left: () => left };
}

describe('sweeping', async () => {
  const unused = await openTestStore();
  after(() => unused[Symbol.asyncDispose]());
  const { context, clock, announced } = await createEngineHarness(unused);

  it('goes on at once while more is due than one sweep may do', async () => {
    const { store, left } = createStoreWith(25_000);
    const sweeping = startSweeping({ ...context, store }, DEFAULT_RETENTION);
    await clock.settle();
    assert.equal(left(), 15_000, 'one sweep is bounded');
    await clock.advance(100);
    await clock.advance(100);
    assert.equal(left(), 0);
    await sweeping.stop();
  });

  it('announces what was written, and not what a try that was lost would have written', async () => {
    const { store } = createStoreWith(0);
    const verification = createStoreFixtures('swept').verification();
    const expireVerifications: Store['expireVerifications'] = async (_nowMs, _limit, toEvents) => {
      toEvents(verification, []);
      return { count: 1, events: toEvents(verification, []) };
    };
    await sweep({ ...context, store: { ...store, expireVerifications } }, DEFAULT_RETENTION);
    assert.deepEqual(
      announced.map(({ type, verificationId }) => [type, verificationId]),
      [['verification.expired', verification.id]],
    );
  });

  it('says that something was left, of whatever kind', async () => {
    const { store } = createStoreWith(0);
    const full = async (_limits: unknown, limit: number) => limit;
    assert.equal(await sweep({ ...context, store }, DEFAULT_RETENTION), true);
    for (const step of ['deleteStale', 'deleteStaleDevices'] as const)
      assert.equal(await sweep({ ...context, store: { ...store, [step]: full } }, DEFAULT_RETENTION), false);
  });

  it('rests after a sweep that did all, and after one that failed', async () => {
    for (const deleteOld of [async () => 0, () => Promise.reject(new Error('the disk is full'))]) {
      let sweeps = 0;
      const { store } = createStoreWith(0);
      const counted = async () => {
        sweeps += 1;
        return deleteOld();
      };
      const sweeping = startSweeping(
        { ...context, store: { ...store, deleteOld: counted } },
        DEFAULT_RETENTION,
      );
      await clock.settle();
      await clock.advance(4_999);
      assert.equal(sweeps, 1);
      await clock.advance(1);
      assert.equal(sweeps, 2);
      await sweeping.stop();
    }
  });
});
