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
import { systemClock } from '../src/lib/time.ts';
import { migratePostgres } from '../src/store/postgres/migrate-postgres.ts';
import { openPostgresStore } from '../src/store/postgres/open-postgres-store.ts';
import { startServer } from '../test/support/postgres/start-server.ts';
import { createStoreFixtures } from '../test/support/store-fixtures.ts';
import { check, measure, type Started, start } from './store-load.ts';

const WAITING = [1, 16, 64] as const;
const SESSIONS = 16;
const RUN_MS = 3_000;
const PGBENCH_SECONDS = 5;
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
  const stored = await onDatabase(server, 'otpost_bench_store', measureStore);
  console.table(stored.rows);
  const yardstick = await onDatabase(server, 'otpost_bench_pgbench', (url) => measurePgbench(url));
  if (yardstick === undefined) {
    console.log('pgbench is not here (postgresql-contrib): no ratio');
    return;
  }
  console.log(`pairs/s: store ${stored.pairsPerSecond}, pgbench ${yardstick} with ${SESSIONS} sessions each`);
  console.log(`ratio ${(stored.pairsPerSecond / yardstick).toFixed(2)} (goal: at least 0.5)`);
}

async function measureStore(url: string) {
  const store = await openPostgresStore({ url, clock: systemClock, connectionsMax: SESSIONS });
  const rows: Record<string, unknown>[] = [];
  let pairsPerSecond = 0;
  try {
    for (const waiting of WAITING) {
      const make = createStoreFixtures(`bench-${waiting}`, systemClock());
      const started: Started[] = [];
      const before = await walPosition(url);
      const starts = await measure(RUN_MS, waiting, async () => void started.push(await start(store, make)));
      const between = await walPosition(url);
      const startCount = started.length;
      const checks = await measure(RUN_MS, waiting, () => {
        const next = started.shift();
        return next && check(store, make, next);
      });
      const checkCount = startCount - started.length;
      const after = await walPosition(url);
      rows.push({
        what: 'start',
        waiting,
        ...starts,
        'WAL bytes': Math.round((between - before) / startCount),
      });
      rows.push({
        what: 'check',
        waiting,
        ...checks,
        'WAL bytes': Math.round((after - between) / checkCount),
      });
      const pairs = await measure(RUN_MS, waiting, async () => check(store, make, await start(store, make)));
      rows.push({ what: 'pair', waiting, ...pairs });
      pairsPerSecond = Math.max(pairsPerSecond, pairs['per second']);
    }
    return { rows, pairsPerSecond };
  } finally {
    await store[Symbol.asyncDispose]();
  }
}

/** Pairs per second; undefined where there is no pgbench. */
async function measurePgbench(url: string): Promise<number | undefined> {
  await migratePostgres({ url, clock: systemClock });
  const script = join(import.meta.dirname, 'pgbench-pair.sql');
  const clients = ['-c', String(SESSIONS), '-j', '2', '-T', String(PGBENCH_SECONDS)];
  const variables = ['-D', 'n=0', '-D', `details=${DETAILS_CHARACTERS}`];
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
