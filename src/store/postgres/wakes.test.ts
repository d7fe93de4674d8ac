/** Hints between nodes: that they come, that they are no condition, and that a lost session is replaced. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { createManualClock, type ManualClock } from '../../../test/support/manual-clock.ts';
import {
  createTestDatabase,
  querySql,
  type TestDatabaseServer,
} from '../../../test/support/postgres/test-server.ts';
import { createStoreFixtures } from '../../../test/support/store-fixtures.ts';
import type { Store } from '../../engine/ports.ts';
import { openPostgresStore } from './open-postgres-store.ts';

/** Resolves with each hint in turn. */
function hintsOf(store: Store) {
  let hints = 0;
  let told = Promise.withResolvers<void>();
  const end = store.wakes?.(() => {
    hints += 1;
    told.resolve();
    told = Promise.withResolvers();
  });
  return { end: () => end?.(), next: () => told.promise, count: () => hints };
}

describe('wakes', () => {
  let database: TestDatabaseServer;
  const stores: Store[] = [];
  const open = async (clock: ManualClock) => {
    const store = await openPostgresStore({ url: database.url, clock: clock.now, timers: clock.timers });
    stores.push(store);
    return store;
  };
  before(async () => {
    database = await createTestDatabase();
  });
  afterEach(async () => {
    for (const store of stores.splice(0)) await store[Symbol.asyncDispose]();
  });
  after(() => database[Symbol.asyncDispose]());

  it('a message that nobody holds wakes the other nodes, one that its writer holds wakes nobody', async () => {
    const clock = createManualClock();
    const [writer, worker] = [await open(clock), await open(clock)];
    const make = createStoreFixtures('wakes');
    const hints = hintsOf(worker);
    // The first says that the session listens: what was written before it is looked for now.
    await hints.next();
    const save = (lease?: { node: string; number: number; untilMs: number }) =>
      writer.transaction((tx) => tx.saveSend({ message: make.message({ lease }), counters: [], events: [] }));
    const lease = { node: 'a', number: 1, untilMs: make.nowMs + 1 };
    await save(lease);
    assert.equal(hints.count(), 1);
    const woken = hints.next();
    await save();
    await woken;
    const [held] = await writer.claimMessages({
      node: 'b',
      nowMs: make.nowMs,
      leaseUntilMs: make.nowMs + 9,
      limit: 1,
    });
    assert.ok(held?.lease);
    const released = hints.next();
    await writer.releaseMessages([{ messageId: held.id, lease: held.lease }]);
    await released;
    hints.end();
  });

  it('a session that was cut listens again, and says so', async () => {
    const clock = createManualClock();
    const store = await open(clock);
    const hints = hintsOf(store);
    await hints.next();
    const again = hints.next();
    await querySql(
      database.url,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND query LIKE 'LISTEN%'`,
    );
    while (clock.pendingTimers() === 0) await clock.settle();
    await clock.advance(2_000);
    await again;
  });
});
