/**
 * What the store does on PostgreSQL in a second, and pgbench beside it: the same rows, by the same number of sessions,
 * on the same server, which is durable. `OTPOST_BENCH_DATABASE_URL` names a server; without it one is started here.
 */
import { type ChildProcess, execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { NATIVE_POLICY } from '../src/core/policy.ts';
import type { Store } from '../src/engine/ports.ts';
import { systemClock } from '../src/lib/time.ts';
import { migratePostgres } from '../src/store/postgres/migrate-postgres.ts';
import { openPostgresStore } from '../src/store/postgres/open-postgres-store.ts';
import { startServer } from '../test/support/postgres/start-server.ts';
import { createStoreFixtures, type StoreFixtures } from '../test/support/store-fixtures.ts';
import { check, deliver, measure, type Started, start } from './store-load.ts';

const WAITING = [1, 16, 64] as const;
const SESSIONS = 16;
const RUN_MS = 3_000;
const PGBENCH_SECONDS = 3;
const ROUNDS = 3;
const LIVES = 20_000;
const SERVER_SETTINGS = [
  'max_connections=200',
  'shared_buffers=512MB',
  'max_wal_size=4GB',
  'checkpoint_timeout=15min',
];
const DETAILS_CHARACTERS = JSON.stringify({
  policy: NATIVE_POLICY,
  country: 'GE',
  metadata: { order: '17' },
}).length;

export async function benchPostgres(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'otpost-bench-postgres-'));
  let server: ChildProcess | undefined;
  try {
    const given = process.env.OTPOST_BENCH_DATABASE_URL;
    const url =
      given ??
      (await startServer(folder, SERVER_SETTINGS, (child) => {
        server = child;
      }));
    await run(url);
  } finally {
    if (server && server.exitCode === null) {
      server.kill('SIGINT');
      await once(server, 'exit');
    }
    rmSync(folder, { recursive: true, force: true });
  }
}

async function run(server: string): Promise<void> {
  console.table(await onDatabase(server, 'otpost_bench_steps', measureSteps));
  console.table(await onDatabase(server, 'otpost_bench_growth', measureGrowth));
  const rounds: { readonly store: number; readonly pgbench: number | undefined }[] = [];
  await onDatabase(server, 'otpost_bench_store', (storeUrl) =>
    onDatabase(server, 'otpost_bench_pgbench', async (pgbenchUrl) => {
      await migratePostgres({ url: pgbenchUrl, clock: systemClock });
      // In turns, because the machine is not equally fast all the time.
      for (let round = 0; round < ROUNDS; round += 1)
        rounds.push({
          store: await measurePairs(storeUrl, round),
          pgbench: await runPgbench(pgbenchUrl, round),
        });
    }),
  );
  const ratios = rounds.flatMap(({ store, pgbench }) => (pgbench === undefined ? [] : store / pgbench));
  console.table(rounds);
  if (ratios.length === 0) console.log('pgbench is not here (postgresql-contrib): no ratio');
  else console.log(`ratio ${median(ratios).toFixed(2)}, the median of ${ratios.length} (goal: at least 0.5)`);
}

async function measureSteps(url: string): Promise<readonly Record<string, unknown>[]> {
  return onStore(url, async (store) => {
    const rows: Record<string, unknown>[] = [];
    for (const waiting of WAITING) {
      const make = createStoreFixtures(`bench-${waiting}`, systemClock());
      const started: Started[] = [];
      const starts = await measure(RUN_MS, waiting, async () => void started.push(await start(store, make)));
      const checks = await measure(RUN_MS, waiting, () => {
        const next = started.shift();
        return next && check(store, make, next);
      });
      rows.push({ what: 'start', waiting, ...starts }, { what: 'check', waiting, ...checks });
    }
    return rows;
  });
}

/** What a verification leaves behind that was started, sent, delivered and approved. */
async function measureGrowth(url: string): Promise<readonly Record<string, unknown>[]> {
  return onStore(url, async (store) => {
    const make = createStoreFixtures('growth', systemClock());
    const before = await walPosition(url);
    let left = LIVES;
    await measure(Number.POSITIVE_INFINITY, SESSIONS, () => {
      left -= 1;
      return left < 0 ? undefined : live(store, make);
    });
    const wal = (await walPosition(url)) - before;
    const tables = await query(
      url,
      `SELECT relname, pg_relation_size(oid) AS heap, pg_indexes_size(oid) AS indexes FROM pg_class
       WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 1000000 ORDER BY 2 DESC`,
    );
    const perLife = (bytes: unknown) => Math.round(Number(bytes) / LIVES);
    return [
      ...tables.map(({ relname, heap, indexes }) => ({
        table: relname,
        'heap bytes': perLife(heap),
        'index bytes': perLife(indexes),
      })),
      { table: 'WAL', 'heap bytes': perLife(wal), 'index bytes': '' },
    ];
  });
}

async function live(store: Store, make: StoreFixtures): Promise<void> {
  const started = await start(store, make);
  await deliver(store, make, started);
  await check(store, make, started);
}

async function measurePairs(url: string, round: number): Promise<number> {
  return onStore(url, async (store) => {
    const make = createStoreFixtures(`pairs-${round}`, systemClock());
    const pairs = await measure(RUN_MS, 2 * SESSIONS, async () =>
      check(store, make, await start(store, make)),
    );
    return pairs['per second'];
  });
}

async function onStore<T>(url: string, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openPostgresStore({ url, clock: systemClock, connectionsMax: SESSIONS });
  try {
    return await work(store);
  } finally {
    await store[Symbol.asyncDispose]();
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** Pairs per second; undefined where there is no pgbench. */
async function runPgbench(url: string, round: number): Promise<number | undefined> {
  const script = join(import.meta.dirname, 'pgbench-pair.sql');
  const clients = ['-c', String(SESSIONS), '-j', '2', '-T', String(PGBENCH_SECONDS)];
  const variables = ['-D', `n=${round * 1_000_000}`, '-D', `details=${DETAILS_CHARACTERS}`];
  try {
    const { stdout } = await promisify(execFile)('pgbench', [
      ...['-n', '-M', 'prepared', '-f', script, ...clients, ...variables],
      url,
    ]);
    return Math.round(Number(/tps = ([\d.]+)/.exec(stdout)?.[1]));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function onDatabase<T>(server: string, name: string, work: (url: string) => Promise<T>): Promise<T> {
  const url = new URL(server);
  url.pathname = `/${name}`;
  await query(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  await query(server, `CREATE DATABASE ${name}`);
  try {
    return await work(url.href);
  } finally {
    await query(server, `DROP DATABASE ${name} WITH (FORCE)`);
  }
}

async function walPosition(url: string): Promise<number> {
  const [row] = await query(url, `SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn AS bytes`);
  return Number(row?.bytes);
}

async function query(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

if (import.meta.main) await benchPostgres();
