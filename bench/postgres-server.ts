/**
 * The PostgreSQL that benchmarks run on: `OTPOST_BENCH_DATABASE_URL`, or one started here, which is durable and ends with
 * the benchmark. It measures nothing but what the server says of itself.
 */
import { type ChildProcess, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import type { Store } from '../src/engine/ports.ts';
import { systemClock } from '../src/lib/time.ts';
import { openPostgresStore } from '../src/store/postgres/open-postgres-store.ts';
import { makeCluster, startCluster } from '../test/support/postgres/start-server.ts';
import { cpuMsOf } from './cpu-time.ts';

export interface BenchServer {
  /** Of a database beside which others can be made. */
  readonly url: string;
  /** All processes of the server since its start; undefined where it was not started here, or cannot be seen. */
  cpuMs(): number | undefined;
  /** Starts it again with other settings. @returns false where it is not ours to start */
  restart(settings: readonly string[]): Promise<boolean>;
}

/** Nothing here weakens what a commit promises. */
const SERVER_SETTINGS = [
  'max_connections=200',
  'shared_buffers=512MB',
  'max_wal_size=4GB',
  'checkpoint_timeout=15min',
];

export async function onServer(work: (server: BenchServer) => Promise<void>): Promise<void> {
  const given = process.env.OTPOST_BENCH_DATABASE_URL;
  if (given) return work({ url: given, cpuMs: () => undefined, restart: async () => false });
  const folder = mkdtempSync(join(tmpdir(), 'otpost-bench-postgres-'));
  let child: ChildProcess | undefined;
  const stop = async () => {
    if (!child || child.exitCode !== null) return;
    child.kill('SIGINT');
    await once(child, 'exit');
  };
  try {
    const cluster = await makeCluster(folder);
    const start = (settings: readonly string[]) =>
      startCluster(cluster, [...SERVER_SETTINGS, ...settings], (started) => {
        child = started;
      });
    await start([]);
    await work({
      url: cluster.url,
      cpuMs: () => (child?.pid === undefined ? undefined : cpuMsOf(child.pid)),
      async restart(settings) {
        await stop();
        await start(settings);
        return true;
      },
    });
  } finally {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A database of its own, gone with the work. */
export async function onDatabase<T>(
  server: string,
  name: string,
  work: (url: string) => Promise<T>,
): Promise<T> {
  const url = await makeDatabase(server, name);
  try {
    return await work(url);
  } finally {
    await query(server, `DROP DATABASE ${name} WITH (FORCE)`);
  }
}

/** @returns its URL */
export async function makeDatabase(server: string, name: string): Promise<string> {
  await query(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  await query(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

/** The sessions of a node, as it has them by default. */
export const STORE_SESSIONS = 16;

/** A store as a node opens it, in this process. */
export async function onStore<T>(url: string, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openPostgresStore({ url, clock: systemClock, connectionsMax: STORE_SESSIONS });
  try {
    return await work(store);
  } finally {
    await store[Symbol.asyncDispose]();
  }
}

/** Bytes of write-ahead log since the cluster was made. */
export async function walPosition(url: string): Promise<number> {
  const [row] = await query(url, `SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn AS bytes`);
  return Number(row?.bytes);
}

export async function query(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Whether `pgbench` (Debian: postgresql-contrib) is on the path. */
export const hasPgbench = (): boolean => spawnSync('pgbench', ['--version']).status === 0;
