/** Threat: two nodes on one PostgreSQL, of which one dies, stops for a while, has the wrong time, or starts with the other. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { LEASE_MS } from '../../src/engine/dispatch-messages.ts';
import { onPostgres, runFault } from '../support/fault-run.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { createTestDatabase, type TestDatabaseServer } from '../support/postgres/test-server.ts';
import { startWireProxy } from '../support/postgres/wire-proxy.ts';
import { createWebhookWitness, type WebhookWitness } from '../support/webhook-witness.ts';

const BENT_NODE = 'test/support/bent-node.ts';
/** Beyond the lease, and the poll that looks for leases that are over. */
const STOPPED_MS = LEASE_MS + 3_000;
const TIMEOUT_MS = 120_000;
/** Messages that carriers have not answered yet when a node stops; about half of them are its own. */
const HELD = 6;

describe('two nodes on one PostgreSQL', { timeout: 8 * TIMEOUT_MS }, () => {
  let database: TestDatabaseServer;
  let installation: Installation;
  let witness: WebhookWitness;
  beforeEach(async () => {
    database = await createTestDatabase();
    witness = await createWebhookWitness();
    installation = await createInstallation({ env: onPostgres(database.url), witness });
  });
  afterEach(async () => {
    await installation[Symbol.asyncDispose]();
    await witness[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  it('one of them killed and started again, three times', { timeout: TIMEOUT_MS }, async () => {
    const staying = await installation.startNode();
    let killed = await installation.startNode();
    await runFault({
      installation,
      nodes: [staying, killed],
      name: 'Killed',
      fault: async () => {
        for (let times = 0; times < 3; times += 1) {
          await killed.kill();
          killed = await installation.startNode();
        }
        return [staying, killed];
      },
    });
  });

  it('one of them stopped for longer than a lease, and going on as if nothing were', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const stopped = await installation.startNode();
    const staying = await installation.startNode();
    const { network } = installation;
    await runFault({
      installation,
      nodes: [stopped, staying],
      name: 'Stopped',
      fault: async () => {
        await network.hold(HELD);
        stopped.process.child.kill('SIGSTOP');
        network.release();
        // How long it lasts is the fault itself; nothing waits for it.
        await wait(STOPPED_MS);
        stopped.process.child.kill('SIGCONT');
        return [stopped, staying];
      },
    });
  });

  for (const [name, offMs] of [
    ['Ahead', 30_000],
    ['Behind', -30_000],
  ] as const) {
    it(`the clock of one of them 30 seconds ${name.toLowerCase()}`, { timeout: TIMEOUT_MS }, async () => {
      const right = await installation.startNode();
      const off = await installation.startNode({ TEST_CLOCK_OFF_MS: String(offMs) }, BENT_NODE);
      const nodes = [right, off];
      await runFault({ installation, nodes, name, fault: async () => nodes });
    });
  }
});

describe('a database without a schema', { timeout: 4 * TIMEOUT_MS }, () => {
  it('is made once by two nodes that start on it at once', { timeout: TIMEOUT_MS }, async () => {
    await using database = await createTestDatabase({ isEmpty: true });
    await using installation = await createInstallation({
      env: onPostgres(database.url),
      first: async (spawnNode) => {
        const both = [spawnNode(), spawnNode()];
        await Promise.all(both.map((node) => node.printed('"started"')));
        for (const { child, ended } of both) {
          child.kill('SIGTERM');
          assert.deepEqual(await ended, { code: 0, signal: null });
        }
      },
    });
    const nodes = await Promise.all([installation.startNode(), installation.startNode()]);
    await runFault({ installation, nodes, name: 'Empty', fault: async () => nodes });
  });

  it('that a killed node was migrating is made by the next', { timeout: TIMEOUT_MS }, async () => {
    await using database = await createTestDatabase({ isEmpty: true });
    await using proxy = await startWireProxy(database.url);
    await using installation = await createInstallation({
      env: onPostgres(database.url),
      first: async (spawnNode) => {
        const migrating = spawnNode({ OTPOST_DATABASE_URL: proxy.url });
        let isInMigration = false;
        proxy.onRequest = (bytes) => {
          if (!bytes.includes('CREATE TABLE verifications')) return undefined;
          isInMigration = true;
          migrating.child.kill('SIGKILL');
          return 'cut-after';
        };
        assert.equal((await migrating.ended).signal, 'SIGKILL');
        assert.ok(isInMigration);
      },
    });
    const nodes = [await installation.startNode()];
    await runFault({ installation, nodes, name: 'Migrated', fault: async () => nodes });
  });
});
