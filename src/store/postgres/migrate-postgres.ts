/**
 * Brings a PostgreSQL database to this release's schema, or says in one line why it cannot. Of many nodes that start at
 * once one does it, the others wait for it and find it done.
 */
import { join } from 'node:path';
import { type Clock, systemTimers, type Timers } from '../../lib/time.ts';
import {
  decideMigrations,
  loadMigrations,
  type Migration,
  type RecordedMigration,
  schemaVersion,
} from '../migrate.ts';
import { StoreError } from '../store-error.ts';
import { inTurn, runMigrations } from './apply-migrations.ts';
import { Connection } from './connection.ts';
import { call, statement } from './statement.ts';
import { describeFailure } from './store-fault.ts';

export interface MigrationReport {
  /** The schema's version now. */
  readonly version: number;
  /** What was run, as `0001_foundation`. */
  readonly applied: readonly string[];
}

export interface MigrationOptions {
  readonly url: string;
  /** Dates the record of migrations. */
  readonly clock: Clock;
  readonly timers?: Timers;
  /** What a release knows: another's than this one's in tests only. */
  readonly known?: readonly Migration[];
}

const HAS_RECORD = call(statement(`SELECT to_regclass('otpost_migrations') IS NOT NULL AS has_record`));
const IS_EMPTY = call(
  statement(`SELECT NOT EXISTS (SELECT FROM pg_class WHERE relnamespace = current_schema()::regnamespace
    AND relkind IN ('r', 'p')) AS is_empty`),
);
/** The record of an older release has no column `beside`. */
const SELECT_RECORD = call(
  statement(
    `SELECT version, checksum, (to_jsonb(one) ->> 'beside')::integer AS beside FROM otpost_migrations one`,
  ),
);

/** For the command line: connects, migrates and leaves. @throws StoreError */
export async function migratePostgres(options: MigrationOptions): Promise<MigrationReport> {
  const { url, clock, timers = systemTimers, known = loadPostgresMigrations() } = options;
  return onOwnConnection(url, 'otpost migrate', async (connection) => {
    const before = await readRecord(connection);
    // Nothing is locked or written where nothing is pending.
    if (decideMigrations(before, known).length === 0) return { version: schemaVersion(before), applied: [] };
    const run = { connection, clock, timers };
    return inTurn(run, async () => {
      const recorded = await readRecord(connection);
      const pending = decideMigrations(recorded, known);
      await runMigrations(run, pending);
      return { version: schemaVersion([...recorded, ...pending]), applied: pending.map(toLabel) };
    });
  });
}

/** @throws StoreError `not-migrated`, or what `decideMigrations` throws */
export async function assertMigrated({ url }: Pick<MigrationOptions, 'url'>): Promise<void> {
  await onOwnConnection(url, 'otpost', async (connection) => {
    const pending = decideMigrations(await readRecord(connection), loadPostgresMigrations());
    if (pending.length === 0) return;
    const labels = pending.map(toLabel).join(', ');
    throw new StoreError('not-migrated', `run \`otpost migrate\` first (pending: ${labels})`);
  });
}

function onOwnConnection<T>(
  url: string,
  applicationName: string,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  return describeFailure(url, async () => {
    // While another migrates, its record is locked, and it may take long.
    const connection = await Connection.open({ url, applicationName, isUnhurried: true });
    try {
      return await work(connection);
    } finally {
      await connection.close();
    }
  });
}

async function readRecord(connection: Connection): Promise<readonly RecordedMigration[]> {
  const [record, tables] = await connection.run([HAS_RECORD, IS_EMPTY]);
  if (record?.rows[0]?.has_record !== true) {
    if (tables?.rows[0]?.is_empty === true) return [];
    throw new StoreError(
      'foreign',
      'the database holds tables of another program: give Otpost one of its own',
    );
  }
  const [rows] = await connection.run([SELECT_RECORD]);
  return (rows?.rows ?? []) as unknown as readonly RecordedMigration[];
}

export function loadPostgresMigrations(): readonly Migration[] {
  return loadMigrations(join(import.meta.dirname, 'migrations'));
}

function toLabel({ version, name }: Migration): string {
  return `${String(version).padStart(4, '0')}_${name}`;
}
