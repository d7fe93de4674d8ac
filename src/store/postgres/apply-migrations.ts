/**
 * Runs pending migrations beside nodes of the release before, which go on meanwhile: one migrator at a time, no lock
 * waited for so long that everybody else queues up behind it, and big indexes built while rows are written. Which
 * migrations are pending is decided elsewhere.
 */
import { DatabaseError } from 'pg';
import { type Clock, sleep, type Timers } from '../../lib/time.ts';
import type { Migration } from '../migrate.ts';
import { StoreError } from '../store-error.ts';
import type { Connection } from './connection.ts';
import { kindOf } from './failure.ts';
import { call, statement } from './statement.ts';

export interface MigrationRun {
  /** An unhurried one. */
  readonly connection: Connection;
  /** Dates the record of migrations. */
  readonly clock: Clock;
  readonly timers: Timers;
}

/** `OTPT`, under which no other program is likely to lock. */
const MIGRATION_LOCK = 0x4f545054;
/** Asked for again and again, not waited for: the build of an index waits for all who are in the middle of a question. */
const TRY_LOCK = call(statement('SELECT pg_try_advisory_lock($1) AS is_mine'), MIGRATION_LOCK);
const UNLOCK = call(statement('SELECT pg_advisory_unlock($1)'), MIGRATION_LOCK);
const LOCK_POLL_MS = 100;

/** Whoever waits for a table's lock makes all others wait behind it, so it gives up before their own patience ends. */
const LOCK_WAIT_MS = 2_000;
/** With the pauses, some three minutes: what holds a lock for longer is to be ended by a person. */
const TRIES_MAX = 60;
const PAUSE_MS = 1_000;

const BEGIN = `BEGIN; SET LOCAL lock_timeout = ${LOCK_WAIT_MS}`;
const KEEP_RECORD = `CREATE TABLE IF NOT EXISTS otpost_migrations (
    version integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied_at_ms bigint NOT NULL);
  ALTER TABLE otpost_migrations ADD COLUMN IF NOT EXISTS beside integer`;
const INSERT_RECORD = statement(
  'INSERT INTO otpost_migrations (version, name, checksum, applied_at_ms, beside) VALUES ($1, $2, $3, $4, $5)',
);

/** Runs `work` while no other node migrates. */
export async function inTurn<T>({ connection, timers }: MigrationRun, work: () => Promise<T>): Promise<T> {
  for (;;) {
    const [answer] = await connection.run([TRY_LOCK]);
    if (answer?.rows[0]?.is_mine === true) break;
    await sleep(timers, LOCK_POLL_MS);
  }
  try {
    return await work();
  } finally {
    await connection.run([UNLOCK]).catch(() => {});
  }
}

/** All in one transaction, but for those that build indexes beside writers: these come each by itself. */
export async function runMigrations(run: MigrationRun, pending: readonly Migration[]): Promise<void> {
  let together: Migration[] = [];
  for (const migration of pending) {
    if (!isConcurrent(migration)) {
      together.push(migration);
      continue;
    }
    await runTogether(run, together);
    together = [];
    // What a run that was interrupted left is dropped by the migration's own first statement.
    for (const text of statementsOf(migration.sql)) await run.connection.runScript(text);
    await inTransaction(run, () => record(run, migration));
  }
  await runTogether(run, together);
}

async function runTogether(run: MigrationRun, migrations: readonly Migration[]): Promise<void> {
  if (migrations.length === 0) return;
  await inTransaction(run, async () => {
    for (const migration of migrations) {
      await run.connection.runScript(migration.sql);
      await record(run, migration);
    }
  });
}

async function inTransaction({ connection, timers }: MigrationRun, work: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await connection.runScript(BEGIN);
      await connection.runScript(KEEP_RECORD);
      await work();
      await connection.runScript('COMMIT');
      return;
    } catch (error) {
      await connection.runScript('ROLLBACK').catch(() => {});
      if (!isInTheWay(error)) throw error;
      if (tries === TRIES_MAX)
        throw new StoreError('locked', 'a table is locked by somebody who does not let go', { cause: error });
    }
    await sleep(timers, PAUSE_MS);
  }
}

async function record({ connection, clock }: MigrationRun, migration: Migration): Promise<void> {
  const { version, name, checksum, beside } = migration;
  await connection.run([call(INSERT_RECORD, version, name, checksum, clock(), beside)]);
}

export function isConcurrent({ sql }: Pick<Migration, 'sql'>): boolean {
  return statementsOf(sql).some((text) => /\bCONCURRENTLY\b/.test(text));
}

/** Without comments. Every statement of a file ends with its line. */
export function statementsOf(sql: string): readonly string[] {
  const code = sql.replaceAll(/--.*$/gm, '');
  return code
    .split(/;\s*$/m)
    .map((text) => text.trim())
    .filter((text) => text !== '');
}

// @see https://www.postgresql.org/docs/18/errcodes-appendix.html
const LOCK_NOT_AVAILABLE = '55P03';

/** A lock that was not given in time, or a deadlock with a node at work. */
function isInTheWay(error: unknown): boolean {
  return (
    kindOf(error) === 'conflict' || (error instanceof DatabaseError && error.code === LOCK_NOT_AVAILABLE)
  );
}
