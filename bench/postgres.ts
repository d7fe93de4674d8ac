/**
 * What the store does on PostgreSQL: how fast each step is, what it costs in round trips, write-ahead log and room, and
 * pairs beside pgbench and SQLite. `OTPOST_BENCH_DATABASE_URL` names a server; without it one is started here.
 */
import { systemClock } from '../src/lib/time.ts';
import { createStoreFixtures } from '../test/support/store-fixtures.ts';
import { benchCost } from './postgres-cost.ts';
import { benchHttpPairs } from './postgres-http.ts';
import { benchStorePairs } from './postgres-pairs.ts';
import { type BenchServer, onDatabase, onServer, onStore } from './postgres-server.ts';
import { printTable, round } from './statistics.ts';
import { check, measure, type Started, start } from './store-load.ts';

const WAITING = [1, 16, 64] as const;
const RUN_MS = 2_000;

export async function benchPostgres(): Promise<void> {
  await onServer(async (server) => {
    await benchSteps(server);
    await benchCost(server);
    await benchStorePairs(server);
    await benchHttpPairs(server);
  });
}

async function benchSteps(server: BenchServer): Promise<void> {
  const rows = [['step', 'under way', 'per second', 'p50 ms', 'p99 ms']];
  await onDatabase(server.url, 'otpost_bench_steps', (url) =>
    onStore(url, async (store) => {
      for (const waiting of WAITING) {
        const make = createStoreFixtures(`bench-${waiting}`, systemClock());
        const started: Started[] = [];
        const starts = await measure(
          RUN_MS,
          waiting,
          async () => void started.push(await start(store, make)),
        );
        const checks = await measure(RUN_MS, waiting, () => {
          const next = started.shift();
          return next && check(store, make, next);
        });
        for (const [step, done] of Object.entries({ start: starts, check: checks }))
          rows.push([step, String(waiting), round(done['per second'], 0), done['p50 ms'], done['p99 ms']]);
      }
    }),
  );
  printTable('steps of the store on PostgreSQL', rows);
}
