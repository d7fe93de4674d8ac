/**
 * Pairs of start and check by the store alone: on PostgreSQL by one node and by two, beside pgbench doing the same writes,
 * and on SQLite. In turns, because no machine is equally fast all the time.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../src/lib/time.ts';
import { migratePostgres } from '../src/store/postgres/migrate-postgres.ts';
import { type BenchServer, hasPgbench, onDatabase, STORE_SESSIONS } from './postgres-server.ts';
import { type Served, serve } from './processes.ts';
import { printTable, ratios, spread, sum } from './statistics.ts';
import type { PairsDone, PairsOrder } from './store-process.ts';
import { add, partsOf, perSecondOf, since, type Turn, type Turns, turnOfPgbench } from './turns.ts';

const ROUNDS = 5;
const SECONDS = 3;
/** Twice the sessions of a node, so that none of them is idle. */
const WAITING = 32;

export async function benchStorePairs(server: BenchServer): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'otpost-bench-'));
  const turns: Turns = new Map();
  try {
    await onDatabase(server.url, 'otpost_bench_pairs', async (url) => {
      await migratePostgres({ url, clock: systemClock });
      const nodes = [await serve('store-process.ts', [url]), await serve('store-process.ts', [url])];
      const sqlite = await serve('store-process.ts', [join(folder, 'otpost.db')]);
      try {
        await onDatabase(server.url, 'otpost_bench_pgbench', async (pgbenchUrl) => {
          await migratePostgres({ url: pgbenchUrl, clock: systemClock });
          // The first turn opens sessions and plans statements.
          await runNodes(server, [...nodes, sqlite], 500);
          for (let round = 0; round < ROUNDS; round += 1) {
            add(turns, 'one node', await runNodes(server, nodes.slice(0, 1)));
            if (hasPgbench()) add(turns, 'pgbench', await turnOfPgbench(server, pgbenchUrl, STORE_SESSIONS));
            add(turns, 'two nodes', await runNodes(server, nodes));
            if (hasPgbench())
              add(turns, 'pgbench × 2', await turnOfPgbench(server, pgbenchUrl, 2 * STORE_SESSIONS));
            add(turns, 'SQLite', await runNodes(server, [sqlite]));
          }
        });
      } finally {
        for (const served of [...nodes, sqlite]) await served[Symbol.asyncDispose]();
      }
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
  printStorePairs(turns);
}

function printStorePairs(turns: Turns): void {
  const row = (name: string, what: string, yardstick?: string) => [
    what,
    spread(perSecondOf(turns, name)),
    spread(partsOf(turns, name, 'nodeMs'), 2),
    name === 'SQLite' ? '' : spread(partsOf(turns, name, 'serverMs'), 2),
    yardstick === undefined ? '' : spread(ratios(perSecondOf(turns, name), perSecondOf(turns, yardstick)), 2),
  ];
  const title = `pairs of start and check, the store alone: median (least–most) of ${ROUNDS} rounds in turns${
    hasPgbench() ? '' : '; no ratio, because pgbench is not here (postgresql-contrib)'
  }`;
  printTable(title, [
    ['what', 'pairs/s', 'node CPU ms/pair', 'server CPU ms/pair', 'of pgbench (goal ≥ 0.5)'],
    row('one node', `PostgreSQL, one node of ${STORE_SESSIONS} sessions`, 'pgbench'),
    row('two nodes', 'PostgreSQL, two nodes', 'pgbench × 2'),
    row('pgbench', `pgbench, ${STORE_SESSIONS} sessions`),
    row('pgbench × 2', `pgbench, ${2 * STORE_SESSIONS} sessions`),
    row('SQLite', 'SQLite, one process'),
  ]);
}

/** All at once, each with as much under way as a node alone has. */
async function runNodes(
  server: BenchServer,
  nodes: readonly Served[],
  runMs = SECONDS * 1000,
): Promise<Turn> {
  const before = server.cpuMs();
  const all = await Promise.all(nodes.map((node) => runPairs(node, { runMs, waiting: WAITING })));
  const pairs = sum(all.map((done) => done.pairs));
  return {
    perSecond: sum(all.map((done) => done.perSecond)),
    nodeMs: sum(all.map((done) => done.cpuMs)) / pairs,
    serverMs: since(server, before, pairs),
  };
}

/** @see store-process.ts */
export async function runPairs({ process: child }: Served, order: PairsOrder): Promise<PairsDone> {
  const answered = once(child, 'message') as Promise<[PairsDone]>;
  child.send(order);
  return (await answered)[0];
}
