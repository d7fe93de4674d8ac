/**
 * Migrations as numbered SQL files, forward only: reads them and decides which are to run, and whether this release can
 * run on a database that a later one has migrated. Running them, under the database's own lock, is each implementation's
 * work.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StoreError } from './store-error.ts';

export interface Migration {
  /** From 1, without gaps. */
  readonly version: number;
  /** The file's name without its number and ending. */
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the file in hexadecimal, so that an edited migration is noticed. */
  readonly checksum: string;
  /**
   * The oldest schema whose release can go on beside this one, or start on it. It is recorded in the database, which is
   * how that release knows. The schema before, unless a line `-- beside: 4` in the file says otherwise.
   */
  readonly beside: number;
}

/** As the database has it: releases that knew nothing of `beside` recorded none. */
export interface RecordedMigration extends Pick<Migration, 'version' | 'checksum'> {
  readonly beside?: number | null;
}

const FILE_NAME = /^(\d{4})_([a-z0-9-]+)\.sql$/;
const BESIDE = /^-- beside: (\d+)$/m;

/** Reads `0001_name.sql` and so on, in order. A gap or a stray file is a programmer's error and throws. */
export function loadMigrations(directory: string): readonly Migration[] {
  const files = readdirSync(directory).sort();
  return files.map((file, index) => {
    const [, number, name] = FILE_NAME.exec(file) ?? [];
    const version = Number(number);
    if (!name || version !== index + 1) throw new Error(`migration out of order: ${file}`);
    const sql = readFileSync(join(directory, file), 'utf8');
    const beside = Number(BESIDE.exec(sql)?.[1] ?? version - 1);
    if (beside > version) throw new Error(`no release runs beside ${file}`);
    return { version, name, sql, checksum: createHash('sha256').update(sql).digest('hex'), beside };
  });
}

/**
 * The migrations still to run: none, too, on a newer schema that this release can run beside.
 *
 * @param recorded what the database says it has had, in any order
 * @throws StoreError `newer-schema` or `corrupt`
 */
export function decideMigrations(
  recorded: readonly RecordedMigration[],
  known: readonly Migration[],
): readonly Migration[] {
  const newest = schemaVersion(recorded);
  const newer = recorded.filter(({ version }) => version > known.length);
  if (newer.some(({ beside }) => typeof beside !== 'number' || beside > known.length)) {
    throw new StoreError(
      'newer-schema',
      `the database has schema ${newest}, this release knows up to ${known.length} and cannot run beside it: start the newer release, or restore a backup made before it`,
    );
  }
  for (const { version, checksum } of recorded) {
    if (version <= known.length && known[version - 1]?.checksum !== checksum) {
      throw new StoreError(
        'corrupt',
        `migration ${version} on record in the database is not the one in this release`,
      );
    }
  }
  const recordedVersions = new Set(recorded.map(({ version }) => version));
  const pending = known.filter(({ version }) => !recordedVersions.has(version));
  if (pending.some(({ version }) => version < newest)) {
    throw new StoreError('corrupt', `the database's record of migrations has a gap before ${newest}`);
  }
  return pending;
}

/** 0 for a database without a schema. */
export function schemaVersion(migrations: readonly RecordedMigration[]): number {
  return Math.max(0, ...migrations.map(({ version }) => version));
}
