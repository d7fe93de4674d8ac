/**
 * The PostgreSQL server of the tests: the one named by `OTPOST_TEST_DATABASE_URL`, or one of our own that all test
 * files of a run share, started by the first that asks. Every database made here is a copy of a migrated template.
 */
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { migratePostgres } from '../../../src/store/postgres/migrate-postgres.ts';
import { MANUAL_CLOCK_START_MS } from '../manual-clock.ts';

const MIGRATIONS = join(import.meta.dirname, '../../../src/store/postgres/migrations');
/** Each checkout has a server of its own. */
const CHECKOUT = createHash('sha256')
  .update(import.meta.dirname)
  .digest('hex')
  .slice(0, 12);
const SOCKET_PATH = join(tmpdir(), `otpost-test-postgres-${process.getuid?.() ?? ''}-${CHECKOUT}.sock`);
const CONNECT_TRIES_MAX = 400;
/** Any number that all test processes agree on. */
const TEMPLATE_LOCK = 7_305_001;

export interface TestDatabaseServer extends AsyncDisposable {
  readonly url: string;
}

let found: Promise<string> | undefined;

/** The URL of a database on the server that may create others. */
export function testServerUrl(): Promise<string> {
  found ??= findServer();
  return found;
}

/** A database of its own, gone with it. @param isEmpty without a schema */
export async function createTestDatabase({ isEmpty = false } = {}): Promise<TestDatabaseServer> {
  const server = await testServerUrl();
  const name = `otpost_test_${randomBytes(8).toString('hex')}`;
  await asAdministrator(server, async (client) => {
    const template = isEmpty ? 'template0' : await ensureTemplate(client, server);
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  });
  return {
    url: withDatabase(server, name),
    [Symbol.asyncDispose]: () =>
      asAdministrator(server, async (client) => {
        await client.query(`DROP DATABASE ${name} WITH (FORCE)`);
      }),
  };
}

/** Takes every row out, but for those that the migrations put in. */
export async function emptyTestDatabase(url: string): Promise<void> {
  await querySql(
    url,
    `DO $$ BEGIN EXECUTE (
       SELECT 'TRUNCATE ' || string_agg(oid::regclass::text, ', ') || ' RESTART IDENTITY' FROM pg_class
       WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
         AND relname NOT IN ('otpost_migrations', 'webhook_generation'));
     END $$`,
  );
}

/** Runs SQL on a database beside the store. */
export async function querySql(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  return asAdministrator(url, async (client) => (await client.query(sql)).rows);
}

async function asAdministrator<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Named after the migrations, so that a server that is kept between runs has one for each schema. */
async function ensureTemplate(client: Client, server: string): Promise<string> {
  const hash = createHash('sha256');
  for (const file of readdirSync(MIGRATIONS).sort()) hash.update(readFileSync(join(MIGRATIONS, file)));
  const template = `otpost_template_${hash.digest('hex').slice(0, 16)}`;
  await client.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]);
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [template]);
    if (rowCount === 0) {
      const draft = `${template}_draft`;
      await client.query(`DROP DATABASE IF EXISTS ${draft} WITH (FORCE)`);
      await client.query(`CREATE DATABASE ${draft} TEMPLATE template0`);
      await migratePostgres({ url: withDatabase(server, draft), clock: () => MANUAL_CLOCK_START_MS });
      await client.query(`ALTER DATABASE ${draft} RENAME TO ${template}`);
    }
    return template;
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [TEMPLATE_LOCK]);
  }
}

function withDatabase(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

async function findServer(): Promise<string> {
  const given = process.env.OTPOST_TEST_DATABASE_URL;
  if (given) return given;
  let isSpawned = false;
  for (let tries = 0; tries < CONNECT_TRIES_MAX; tries += 1) {
    const visit = connect(SOCKET_PATH);
    const isOpen = await once(visit, 'connect').then(
      () => true,
      () => false,
    );
    if (isOpen) {
      const answer = await readAnswer(visit);
      if (answer) return answer;
    }
    if (!isSpawned) {
      isSpawned = true;
      const keeper = join(import.meta.dirname, 'keep-server.ts');
      spawn(process.execPath, [keeper, SOCKET_PATH], {
        detached: true,
        stdio: 'ignore',
        env: environment(),
      }).unref();
    }
    await sleep(50);
  }
  throw new Error('the test server did not start');
}

/** The visit lasts as long as this process, which it does not keep alive. Undefined: the keeper is just leaving. */
async function readAnswer(visit: Socket): Promise<string | undefined> {
  visit.on('error', () => {});
  const line = await new Promise<string>((resolve) => {
    visit.once('data', (data) => resolve(data.toString()));
    visit.once('close', () => resolve(''));
  });
  if (line === '') return undefined;
  const answer: { readonly url?: string; readonly failure?: string } = JSON.parse(line);
  if (answer.failure !== undefined) throw new Error(answer.failure);
  visit.unref();
  return answer.url;
}

/** Without what tells a child of the test runner to speak to it. */
function environment(): NodeJS.ProcessEnv {
  const { NODE_TEST_CONTEXT: _, ...rest } = process.env;
  return rest;
}
