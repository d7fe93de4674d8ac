/** Threat: a PostgreSQL that restarts, dies, has no connection left, is slow, or cuts a commit off, under two nodes. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Client } from 'pg';
import { onPostgres, runFault } from '../support/fault-run.ts';
import { createInstallation, type Installation, type InstalledNode } from '../support/installation.ts';
import { createOwnCluster, type OwnCluster } from '../support/postgres/own-cluster.ts';
import { startWireProxy } from '../support/postgres/wire-proxy.ts';
import { createWebhookWitness, type WebhookWitness } from '../support/webhook-witness.ts';

const TIMEOUT_MS = 120_000;
const CONNECTIONS_MAX = 60;
/** So many of them leave the nodes next to nothing. */
const OTHERS = 50;
const TRIES_MAX = 50;
/** A round trip of another continent. */
const SLOW_MS = 60;
/** Every so many commits loses its answer. */
const COMMITS_CUT_EVERY = 15;

describe('two nodes on a PostgreSQL', { timeout: 8 * TIMEOUT_MS }, () => {
  let cluster: OwnCluster;
  let installation: Installation;
  let witness: WebhookWitness;
  beforeEach(async () => {
    cluster = await createOwnCluster([`max_connections=${CONNECTIONS_MAX}`]);
    witness = await createWebhookWitness();
    installation = await createInstallation({ env: onPostgres(cluster.url), witness });
  });
  afterEach(async () => {
    await installation[Symbol.asyncDispose]();
    await witness[Symbol.asyncDispose]();
    await cluster[Symbol.asyncDispose]();
  });
  const startBoth = (env?: Record<string, string>): Promise<readonly InstalledNode[]> =>
    Promise.all([installation.startNode(env), installation.startNode(env)]);

  for (const [name, signal] of [
    ['Restarted', 'SIGINT'],
    ['Killed', 'SIGQUIT'],
  ] as const) {
    it(`that is ${name.toLowerCase()}, twice`, { timeout: TIMEOUT_MS }, async () => {
      const nodes = await startBoth();
      await runFault({
        installation,
        nodes,
        name,
        fault: async () => {
          for (let times = 0; times < 2; times += 1) {
            await cluster.stop(signal);
            await cluster.start();
          }
          return nodes;
        },
      });
    });
  }

  it('whose connections are all taken by others for a while', { timeout: TIMEOUT_MS }, async () => {
    const nodes = await startBoth();
    const others: Client[] = [];
    await runFault({
      installation,
      nodes,
      name: 'Full',
      fault: async () => {
        others.push(...(await takeAllConnections(cluster.url)));
        // What the nodes had is taken too, which they race for: they cannot connect anew until the others go.
        for (let tries = 0; tries < TRIES_MAX && others.length < OTHERS; tries += 1) {
          await endConnectionsOfNodes(others[0] ?? assert.fail());
          others.push(...(await takeAllConnections(cluster.url)));
        }
        const [first] = nodes;
        const ready = await fetch(`${first?.url}/healthz`);
        assert.equal(ready.status, 200);
        await Promise.all(others.map((other) => other.end()));
        return nodes;
      },
    });
    assert.ok(others.length >= OTHERS);
  });

  it('that is as slow as one on another continent', { timeout: TIMEOUT_MS }, async () => {
    await using proxy = await startWireProxy(cluster.url);
    proxy.delayMs = SLOW_MS;
    const nodes = await startBoth({ OTPOST_DATABASE_URL: proxy.url });
    await runFault({ installation, nodes, name: 'Slow', fault: async () => nodes });
  });

  it('whose answer to a commit is lost again and again: the same start again gives one verification', {
    timeout: TIMEOUT_MS,
  }, async () => {
    await using proxy = await startWireProxy(cluster.url);
    const nodes = await startBoth({ OTPOST_DATABASE_URL: proxy.url });
    let commits = 0;
    let cuts = 0;
    await runFault({
      installation,
      nodes,
      name: 'Cut',
      fault: async () => {
        proxy.onRequest = (bytes) => {
          if (!bytes.includes('COMMIT')) return undefined;
          commits += 1;
          if (commits % COMMITS_CUT_EVERY !== 0) return undefined;
          cuts += 1;
          return 'cut-after';
        };
        return nodes;
      },
      mend: async () => {
        proxy.onRequest = undefined;
      },
    });
    assert.ok(cuts > 3, `${cuts} of ${commits} commits were cut`);
  });
});

/** Connects until there is no more room. */
async function takeAllConnections(url: string): Promise<Client[]> {
  const taken: Client[] = [];
  for (;;) {
    const client = new Client({ connectionString: url });
    client.on('error', () => {});
    try {
      await client.connect();
      taken.push(client);
    } catch {
      return taken;
    }
  }
}

async function endConnectionsOfNodes(client: Client): Promise<void> {
  await client.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'otpost%'`,
  );
}
