/**
 * Pairs of start and check with ten thousand verifications stored and with millions, in turns: what growth costs. The
 * large database takes minutes to fill and some gigabytes: it is run by name only. `OTPOST_BENCH_STORED` says how many.
 */
import { systemClock } from '../src/lib/time.ts';
import { migratePostgres } from '../src/store/postgres/migrate-postgres.ts';
import { FILLING_SETTINGS, fillPostgres } from './fill-postgres.ts';
import { runPairs } from './postgres-pairs.ts';
import { type BenchServer, makeDatabase, onServer, query } from './postgres-server.ts';
import { type Served, serve } from './processes.ts';
import { printTable, ratios, round, spread } from './statistics.ts';
import { since } from './turns.ts';

const FEW = 10_000;
/** Of eight rows each. */
const MANY = Number(process.env.OTPOST_BENCH_STORED ?? 5_000_000);
const ROUNDS = 7;
const ORDER = { runMs: 3_000, waiting: 32 };
/** Opens the sessions and brings the upper levels of the indexes to memory. */
const WARM_UP = { ...ORDER, runMs: 2_000 };

interface Filled {
  readonly stored: number;
  readonly url: string;
  readonly fillSeconds: number;
  readonly gigabytes: number;
  readonly perSecond: number[];
  readonly p99Ms: number[];
  readonly serverMs: number[];
}

export async function benchPostgresStored(): Promise<void> {
  await onServer(async (server) => {
    await server.restart(FILLING_SETTINGS);
    const all: Filled[] = [];
    try {
      for (const stored of [FEW, MANY]) all.push(await fill(server, stored));
      await server.restart([]);
      await measureInTurns(server, all);
    } finally {
      for (const { stored } of all)
        await query(server.url, `DROP DATABASE IF EXISTS ${nameOf(stored)} WITH (FORCE)`);
    }
    print(all);
  });
}

const nameOf = (stored: number) => `otpost_bench_stored_${stored}`;

async function fill(server: BenchServer, stored: number): Promise<Filled> {
  const beganMs = performance.now();
  const url = await makeDatabase(server.url, nameOf(stored));
  await migratePostgres({ url, clock: systemClock });
  await fillPostgres(url, stored);
  const fillSeconds = (performance.now() - beganMs) / 1000;
  const [row] = await query(url, 'SELECT pg_database_size(current_database()) AS bytes');
  const gigabytes = Number(row?.bytes) / 2 ** 30;
  return { stored, url, fillSeconds, gigabytes, perSecond: [], p99Ms: [], serverMs: [] };
}

async function measureInTurns(server: BenchServer, all: readonly Filled[]): Promise<void> {
  const nodes: (readonly [Filled, Served])[] = [];
  try {
    for (const filled of all) nodes.push([filled, await serve('store-process.ts', [filled.url])]);
    for (const [, node] of nodes) await runPairs(node, WARM_UP);
    for (let turn = 0; turn < ROUNDS; turn += 1)
      for (const [filled, node] of turn % 2 === 0 ? nodes : nodes.toReversed()) {
        const before = server.cpuMs();
        const done = await runPairs(node, ORDER);
        filled.perSecond.push(done.perSecond);
        filled.p99Ms.push(done.p99Ms);
        const serverMs = since(server, before, done.pairs);
        if (serverMs !== undefined) filled.serverMs.push(serverMs);
      }
  } finally {
    for (const [, node] of nodes) await node[Symbol.asyncDispose]();
  }
}

function print(all: readonly Filled[]): void {
  const [few, many] = all;
  printTable(
    `pairs on PostgreSQL with more and more stored: median (least–most) of ${ROUNDS} rounds in turns`,
    [
      ['verifications', 'pairs/s', 'p99 ms', 'server CPU ms/pair', 'database GB', 'filled in s'],
      ...all.map(({ stored, perSecond, p99Ms, serverMs, gigabytes, fillSeconds }) => [
        round(stored, 0),
        spread(perSecond),
        spread(p99Ms, 1),
        spread(serverMs, 2),
        round(gigabytes, 2),
        round(fillSeconds, 0),
      ]),
      ['ratio (goal ≥ 0.9)', spread(ratios(many?.perSecond ?? [], few?.perSecond ?? []), 2)],
    ],
  );
}
