/**
 * Brings a PostgreSQL database to this release's schema: all pending migrations in one transaction, or none. Of many
 * nodes that start at once one does it, the others wait for it and find it done.
 */
import { join } from 'node:path';
import { DatabaseError } from 'pg';
import type { Clock } from '../../lib/time.ts';
import { decideMigrations, loadMigrations, type Migration, type RecordedMigration } from '../migrate.ts';
import { StoreError } from '../store-error.ts';
import { Connection } from './connection.ts';
import { call, statement } from './statement.ts';

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
}

/** `OTPT`, under which no other program is likely to lock. */
const MIGRATION_LOCK = 0x4f545054;
/** A migration of a large database may take as long as it needs; whoever waits for it waits as long. */
const BEGIN = 'BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0';
const LOCK = call(statement('SELECT pg_advisory_xact_lock($1)'), MIGRATION_LOCK);
const HAS_RECORD = call(statement(`SELECT to_regclass('otpost_migrations') IS NOT NULL AS has_record`));
const IS_EMPTY = call(
  statement(`SELECT NOT EXISTS (SELECT FROM pg_class WHERE relnamespace = current_schema()::regnamespace
    AND relkind IN ('r', 'p')) AS is_empty`),
);
const CREATE_RECORD = `CREATE TABLE otpost_migrations (
  version integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied_at_ms bigint NOT NULL)`;
const SELECT_RECORD = call(statement('SELECT version, checksum FROM otpost_migrations'));
const INSERT_RECORD = statement(
  'INSERT INTO otpost_migrations (version, name, checksum, applied_at_ms) VALUES ($1, $2, $3, $4)',
);

/** For the command line: connects, migrates and leaves. @throws StoreError */
export async function migratePostgres({ url, clock }: MigrationOptions): Promise<MigrationReport> {
  return describeFailure(url, async () => {
    const connection = await Connection.open({ url, applicationName: 'otpost migrate' });
    try {
      return await applyMigrations(connection, clock);
    } finally {
      await connection.close();
    }
  });
}

/** Nothing is locked or written where nothing is pending. */
async function applyMigrations(connection: Connection, clock: Clock): Promise<MigrationReport> {
  const known = loadPostgresMigrations();
  const first = await readRecord(connection);
  if (decideMigrations(first.recorded, known).length === 0) return { version: known.length, applied: [] };
  await connection.runScript(BEGIN);
  try {
    await connection.run([LOCK]);
    const { hasRecord, recorded } = await readRecord(connection);
    const pending = decideMigrations(recorded, known);
    if (!hasRecord) await connection.runScript(CREATE_RECORD);
    for (const { version, name, sql, checksum } of pending) {
      await connection.runScript(sql);
      await connection.run([call(INSERT_RECORD, version, name, checksum, clock())]);
    }
    await connection.runScript('COMMIT');
    return { version: known.length, applied: pending.map(toLabel) };
  } catch (error) {
    await connection.runScript('ROLLBACK').catch(() => {});
    throw error;
  }
}

/** @throws StoreError `not-migrated`, or what `decideMigrations` throws */
export async function assertMigrated({ url }: Pick<MigrationOptions, 'url'>): Promise<void> {
  await describeFailure(url, async () => {
    const connection = await Connection.open({ url, applicationName: 'otpost' });
    try {
      const { recorded } = await readRecord(connection);
      const pending = decideMigrations(recorded, loadPostgresMigrations());
      if (pending.length === 0) return;
      const labels = pending.map(toLabel).join(', ');
      throw new StoreError('not-migrated', `run \`otpost migrate\` first (pending: ${labels})`);
    } finally {
      await connection.close();
    }
  });
}

async function readRecord(
  connection: Connection,
): Promise<{ readonly hasRecord: boolean; readonly recorded: readonly RecordedMigration[] }> {
  const [record, tables] = await connection.run([HAS_RECORD, IS_EMPTY]);
  if (record?.rows[0]?.has_record !== true) {
    if (tables?.rows[0]?.is_empty === true) return { hasRecord: false, recorded: [] };
    throw new StoreError(
      'foreign',
      'the database holds tables of another program: give Otpost one of its own',
    );
  }
  const [rows] = await connection.run([SELECT_RECORD]);
  return { hasRecord: true, recorded: (rows?.rows ?? []) as unknown as readonly RecordedMigration[] };
}

function loadPostgresMigrations(): readonly Migration[] {
  return loadMigrations(join(import.meta.dirname, 'migrations'));
}

function toLabel({ version, name }: Migration): string {
  return `${String(version).padStart(4, '0')}_${name}`;
}

const INVALID_CATALOG = '3D000';
const INVALID_AUTHORIZATION = /^28...$/;
const INSUFFICIENT_PRIVILEGE = '42501';

/** What an operator can act on as a `StoreError` that names the server but never the password. */
async function describeFailure<T>(url: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof StoreError) throw new StoreError(error.kind, `${nameOf(url)}: ${error.message}`);
    const said = error instanceof Error ? error.message : String(error);
    const code = error instanceof DatabaseError ? (error.code ?? '') : '';
    if (code === INVALID_CATALOG || code === INSUFFICIENT_PRIVILEGE || INVALID_AUTHORIZATION.test(code))
      throw new StoreError('unwritable', `${nameOf(url)}: ${said}`, { cause: error });
    if (error instanceof DatabaseError) throw error;
    throw new StoreError('unwritable', `${nameOf(url)}: cannot be reached (${said})`, { cause: error });
  }
}

/** Host and database of a URL. */
function nameOf(url: string): string {
  if (!URL.canParse(url)) return 'PostgreSQL';
  const { host, pathname, searchParams } = new URL(url);
  return `${host || searchParams.get('host') || 'localhost'}${pathname}`;
}
