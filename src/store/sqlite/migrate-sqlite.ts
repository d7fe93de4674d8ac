/** Brings a SQLite file to this release's schema: all pending migrations in one transaction, or none. */
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../lib/time.ts';
import {
  decideMigrations,
  loadMigrations,
  type Migration,
  type RecordedMigration,
  schemaVersion,
} from '../migrate.ts';
import { StoreError } from '../store-error.ts';
import { APPLICATION_ID, describeFailure, makeDurable, openWriter } from './connection.ts';
import { assertNotMoved } from './move-mark.ts';

export interface MigrationReport {
  /** The schema's version now. */
  readonly version: number;
  /** What was run, as `0001_foundation`. */
  readonly applied: readonly string[];
}

const CREATE_RECORD = `CREATE TABLE IF NOT EXISTS migrations (
    version INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at_ms INTEGER NOT NULL,
    beside INTEGER
  ) STRICT`;
/** The record of an older release lacks it. */
const HAS_BESIDE = `SELECT 1 FROM pragma_table_info('migrations') WHERE name = 'beside'`;
const ADD_BESIDE = 'ALTER TABLE migrations ADD COLUMN beside INTEGER';
const HAS_RECORD = `SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'migrations'`;
const SELECT_RECORD = 'SELECT * FROM migrations';
const INSERT_RECORD =
  'INSERT INTO migrations (version, name, checksum, applied_at_ms, beside) VALUES (?, ?, ?, ?, ?)';

/** For the command line: opens the file (or makes it), migrates and closes. @throws StoreError */
export async function migrateSqlite(options: {
  readonly path: string;
  readonly clock: Clock;
  /** What a release knows: another's than this one's in tests only. */
  readonly known?: readonly Migration[];
}): Promise<MigrationReport> {
  const database = openWriter(options.path);
  try {
    return describeFailure(options.path, () => {
      assertNotMoved(database, options.path);
      return applyMigrations(database, options.clock, options.known);
    });
  } finally {
    database.close();
  }
}

/** Nothing is written where nothing is pending. Two processes at once: the second waits, then finds it done. */
export function applyMigrations(
  database: DatabaseSync,
  clock: Clock,
  known: readonly Migration[] = loadSqliteMigrations(),
): MigrationReport {
  if (findPending(database, known).length === 0)
    return { version: schemaVersion(readRecord(database)), applied: [] };
  makeDurable(database);
  database.exec('BEGIN IMMEDIATE');
  try {
    const pending = findPending(database, known);
    database.exec(CREATE_RECORD);
    if (!database.prepare(HAS_BESIDE).get()) database.exec(ADD_BESIDE);
    const record = database.prepare(INSERT_RECORD);
    for (const { version, name, sql, checksum, beside } of pending) {
      database.exec(sql);
      record.run(version, name, checksum, clock(), beside);
    }
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}; COMMIT`);
    return { version: schemaVersion(readRecord(database)), applied: pending.map(toLabel) };
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** @throws StoreError `not-migrated`, or what `decideMigrations` throws */
export function assertMigrated(database: DatabaseSync, path: string): void {
  const pending = findPending(database, loadSqliteMigrations());
  if (pending.length === 0) return;
  const labels = pending.map(toLabel).join(', ');
  throw new StoreError('not-migrated', `${path}: run \`otpost migrate\` first (pending: ${labels})`);
}

function findPending(database: DatabaseSync, known: readonly Migration[]): readonly Migration[] {
  return decideMigrations(readRecord(database), known);
}

function readRecord(database: DatabaseSync): readonly RecordedMigration[] {
  const rows = database.prepare(HAS_RECORD).get() ? database.prepare(SELECT_RECORD).all() : [];
  return rows as unknown as readonly RecordedMigration[];
}

export function loadSqliteMigrations(): readonly Migration[] {
  return loadMigrations(join(import.meta.dirname, 'migrations'));
}

function toLabel({ version, name }: Migration): string {
  return `${String(version).padStart(4, '0')}_${name}`;
}
