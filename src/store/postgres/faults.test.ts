/** What a store does when the server, the network or another node gets in its way. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { createEngineHarness, startCommand } from '../../../test/support/engine-harness.ts';
import { createManualClock } from '../../../test/support/manual-clock.ts';
import {
  createTestDatabase,
  querySql,
  type TestDatabaseServer,
} from '../../../test/support/postgres/test-server.ts';
import { startWireProxy, type WireProxy } from '../../../test/support/postgres/wire-proxy.ts';
import { rejectsWith } from '../../../test/support/rejects-with.ts';
import { createStoreFixtures } from '../../../test/support/store-fixtures.ts';
import { startOnce } from '../../../test/support/store-steps.ts';
import type { Store } from '../../engine/ports.ts';
import { openPostgresStore, type PostgresStoreOptions } from './open-postgres-store.ts';

describe('a store on PostgreSQL', () => {
  let database: TestDatabaseServer;
  let proxy: WireProxy;
  const stores: Store[] = [];
  let fixtures = 0;

  before(async () => {
    database = await createTestDatabase();
    proxy = await startWireProxy(database.url);
    // A deadlock is noticed after this; the server's default is a second.
    await querySql(
      database.url,
      `DO $$ BEGIN EXECUTE
      format('ALTER DATABASE %I SET deadlock_timeout = ''20ms''', current_database()); END $$`,
    );
  });
  afterEach(async () => {
    proxy.onRequest = undefined;
    proxy.setDown(false);
    for (const store of stores.splice(0)) await store[Symbol.asyncDispose]();
  });
  after(async () => {
    await proxy[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  const open = async (options: Partial<PostgresStoreOptions> = {}) => {
    const store = await openPostgresStore({ url: database.url, clock: () => 0, ...options });
    stores.push(store);
    return store;
  };
  const makeFixtures = () => {
    fixtures += 1;
    return createStoreFixtures(`faults-${fixtures}`);
  };
  const countOf = async (sql: string) => Number((await querySql(database.url, sql))[0]?.count);

  describe('in the way of another transaction', () => {
    /** Refuses the first `times` events that are written, with this SQLSTATE. */
    const refuseEvents = (times: number, sqlState: string) =>
      querySql(
        database.url,
        `CREATE SEQUENCE tries;
         CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
           IF nextval('tries') <= ${times} THEN RAISE 'refused by the test' USING ERRCODE = '${sqlState}'; END IF;
           RETURN NULL; END $$;
         CREATE TRIGGER refuse AFTER INSERT ON events FOR EACH STATEMENT EXECUTE FUNCTION refuse()`,
      );
    afterEach(() =>
      querySql(database.url, 'DROP FUNCTION IF EXISTS refuse CASCADE; DROP SEQUENCE IF EXISTS tries'),
    );

    for (const [name, sqlState] of [
      ['a serialisation failure', '40001'],
      ['a deadlock', '40P01'],
    ] as const) {
      it(`tries again after ${name}, a bounded number of times`, async () => {
        const store = await open();
        const event = makeFixtures().event();
        await refuseEvents(3, sqlState);
        await store.transaction((tx) => tx.appendEvents([event]));
        assert.ok(await store.findEvent(event.tenantId, event.id));
        assert.equal(await countOf('SELECT last_value AS count FROM tries'), 4);

        await querySql(database.url, `DROP FUNCTION refuse CASCADE; DROP SEQUENCE tries`);
        await refuseEvents(1_000, sqlState);
        const lost = makeFixtures().event();
        const error = await rejectsWith(
          store.transaction((tx) => tx.appendEvents([lost])),
          'overloaded',
        );
        assert.equal(error.details.retryAfterSeconds, 1);
        assert.equal(await countOf('SELECT last_value AS count FROM tries'), 6);
        assert.equal(await store.findEvent(lost.tenantId, lost.id), undefined);
      });
    }

    it('any other failure is final', async () => {
      const store = await open();
      await refuseEvents(1, '22012');
      const event = makeFixtures().event();
      await assert.rejects(
        store.transaction((tx) => tx.appendEvents([event])),
        /refused by the test/,
      );
      assert.equal(await store.findEvent(event.tenantId, event.id), undefined);
    });

    it('two transactions that lock each other’s recipients both come through', async () => {
      const nodes = [await open(), await open()];
      const make = makeFixtures();
      const recipients = [make.makeId(), make.makeId()];
      const bothHaveOne = Promise.withResolvers<void>();
      let holding = 0;
      const runs: number[] = [0, 0];
      await Promise.all(
        nodes.map((store, index) =>
          store.transaction(async (tx) => {
            runs[index] = (runs[index] ?? 0) + 1;
            const order = index === 0 ? recipients : recipients.toReversed();
            for (const recipientId of order) {
              await tx.loadSend({ tenantId: make.makeId(), recipientId, counterKeys: [] });
              holding += 1;
              if (holding === 2) bothHaveOne.resolve();
              await bothHaveOne.promise;
            }
            const event = make.event();
            await tx.appendEvents([event]);
          }),
        ),
      );
      assert.deepEqual(runs.toSorted(), [1, 2]);
    });
  });

  describe('with more to do than it has sessions', () => {
    /** A store with one session, which is held until `release` is called. */
    async function holdOnly(options: { readonly waitingMax?: number }) {
      const clock = createManualClock();
      const store = await open({ connectionsMax: 1, waitMs: 1_000, timers: clock.timers, ...options });
      const make = makeFixtures();
      const held = Promise.withResolvers<void>();
      const begun = Promise.withResolvers<void>();
      const holder = store.transaction(async (tx) => {
        await tx.loadMessage(make.makeId());
        begun.resolve();
        await held.promise;
      });
      await begun.promise;
      const release = async () => {
        held.resolve();
        await holder;
      };
      return { clock, store, make, release };
    }

    it('keeps a bounded queue, and tells those beyond it when to come again', async () => {
      const { store, make, release } = await holdOnly({ waitingMax: 2 });
      const waiting = [startOnce(store, make), startOnce(store, make)];
      const refused = await rejectsWith(startOnce(store, make), 'overloaded');
      assert.equal(refused.details.retryAfterSeconds, 1);
      // Reads go their own way.
      assert.deepEqual(await store.listTenants(), []);
      await release();
      await Promise.all(waiting);
    });

    it('lets nobody wait longer than told', async () => {
      const { clock, store, make, release } = await holdOnly({});
      const late = rejectsWith(startOnce(store, make), 'overloaded');
      await clock.advance(1_000);
      assert.equal((await late).details.retryAfterSeconds, 1);
      await release();
      await startOnce(store, make);
    });
  });

  describe('whose connection is cut', () => {
    /** Once, at the first piece that holds these words. */
    const cutAt = (words: string, fate: 'cut' | 'cut-after') => {
      proxy.onRequest = (bytes) => {
        if (!bytes.includes(words)) return undefined;
        proxy.onRequest = undefined;
        return fate;
      };
    };

    for (const [name, fate] of [
      ['before the server had it', 'cut'],
      ['after the server had it', 'cut-after'],
    ] as const) {
      it(`during a commit, ${name}: the outcome is unknown, and the same call again makes one verification`, async () => {
        const store = await open({ url: proxy.url });
        const harness = await createEngineHarness(store, { seed: `cut-${fate}` });
        const principal = await harness.createPrincipal();
        const command = startCommand({ idempotency: { key: 'same', requestHash: 'h' } });
        cutAt('COMMIT', fate);
        await rejectsWith(harness.engine.startVerification(principal, command), 'internal');
        const again = await harness.engine.startVerification(principal, command);
        assert.equal(again.isReplay, fate === 'cut-after');
        const page = await harness.engine.listVerifications(principal, {}, { limit: 10 });
        assert.deepEqual(
          page.items.map(({ id }) => id),
          [again.verification.id],
        );
        await harness.dispatcher.settled();
      });
    }

    it('before the commit: the work is run again on another, unseen', async () => {
      const store = await open({ url: proxy.url, connectionsMax: 1 });
      const make = makeFixtures();
      await startOnce(store, make);
      cutAt('pg_advisory', 'cut');
      const verification = make.verification();
      let runs = 0;
      await store.transaction(async (tx) => {
        runs += 1;
        await tx.loadSend({
          tenantId: verification.tenantId,
          recipientId: verification.recipientId,
          counterKeys: [],
        });
        await tx.saveSend({ verification, message: make.messageOf(verification), counters: [], events: [] });
      });
      assert.equal(runs, 2);
      assert.ok(await store.findVerification(verification.tenantId, verification.id));
    });

    it('and cannot be made anew: everyone is told to come again, until it can', async () => {
      const store = await open({ url: proxy.url });
      const make = makeFixtures();
      const { tenantId, verificationId } = await startOnce(store, make);
      proxy.setDown(true);
      await rejectsWith(startOnce(store, make), 'overloaded');
      await rejectsWith(store.findVerification(tenantId, verificationId), 'overloaded');
      await rejectsWith(store.probe(), 'overloaded');
      proxy.setDown(false);
      await startOnce(store, make);
      assert.ok(await store.findVerification(tenantId, verificationId));
    });

    it('by an administrator: whatever was idle is replaced without a word', async () => {
      const store = await open();
      const make = makeFixtures();
      await startOnce(store, make);
      await querySql(
        database.url,
        `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = 'otpost'`,
      );
      await startOnce(store, make);
    });

    /** The store has been told, and has not read it yet. */
    const endUnseen = async () => {
      const hungUp = proxy.holdAnswers();
      await querySql(
        database.url,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = 'otpost'`,
      );
      await hungUp;
    };
    const events = makeFixtures();
    for (const [name, write] of [
      [
        'a transaction that asks first',
        async (store: Store) => void (await startOnce(store, makeFixtures())),
      ],
      [
        'a transaction of one round trip',
        (store: Store) => store.transaction((tx) => tx.appendEvents([events.event()])),
      ],
      ['a single write', async (store: Store) => void (await store.createTenant(makeFixtures().tenant()))],
    ] as const) {
      it(`by an administrator a moment before ${name}: it is run on another, unseen`, async () => {
        const store = await open({ url: proxy.url, connectionsMax: 1 });
        // What wakes nobody: a hint would still be on its way.
        await store.createTenant(makeFixtures().tenant());
        await endUnseen();
        await write(store);
      });
    }
  });
});
