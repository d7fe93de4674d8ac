/** Opens the database that the settings name: PostgreSQL, or a file in a folder that is made where there is none. */
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Config } from '../config/config.ts';
import type { Store } from '../engine/ports.ts';
import type { Clock, Timers } from '../lib/time.ts';
import { type MigrationReport, migrateSqlite } from '../store/sqlite/migrate-sqlite.ts';
import { openSqliteStore } from '../store/sqlite/open-sqlite-store.ts';
import { StartupError, systemCodeOf } from './startup-error.ts';

const FILE_NAME = 'otpost.db';
/** What lies in it is for the owner only. */
const FOLDER_MODE = 0o700;

export type DatabaseSettings = Pick<Config, 'dataFolder' | 'databaseUrl'>;

export interface DatabaseOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  /** False: an older schema is refused as `not-migrated` and left as it is. */
  readonly migrates?: boolean;
  readonly onCommit?: (transactionCount: number, durationMs: number) => void;
}

export function databasePath({ dataFolder }: Pick<Config, 'dataFolder'>): string {
  return join(dataFolder, FILE_NAME);
}

/** Brings an older schema up to date unless told. @throws StoreError, StartupError */
export async function openDatabase(config: DatabaseSettings, options: DatabaseOptions): Promise<Store> {
  if (config.databaseUrl !== undefined) {
    // Loaded only where it is used: most installations have no need of it.
    const { openPostgresStore } = await import('../store/postgres/open-postgres-store.ts');
    return openPostgresStore({ url: config.databaseUrl, ...options });
  }
  makeDataFolder(config.dataFolder);
  return openSqliteStore({ path: databasePath(config), ...options });
}

/** For the command line. @throws StoreError, StartupError */
export async function migrateDatabase(config: DatabaseSettings, clock: Clock): Promise<MigrationReport> {
  if (config.databaseUrl !== undefined) {
    const { migratePostgres } = await import('../store/postgres/migrate-postgres.ts');
    return migratePostgres({ url: config.databaseUrl, clock });
  }
  makeDataFolder(config.dataFolder);
  return migrateSqlite({ path: databasePath(config), clock });
}

/** @throws StartupError */
function makeDataFolder(folder: string): void {
  try {
    makeFolder(folder);
  } catch (error) {
    throw new StartupError(
      `OTPOST_DATA: ${folder} cannot be made or is no folder (${systemCodeOf(error) ?? 'unknown'})`,
      { cause: error },
    );
  }
}

/**
 * One level after the other. `recursive` never returns where the system says that a folder is not there although it is,
 * as below `/proc` and on network mounts that have gone: Node.js tries without end then, and heeds no signal.
 */
function makeFolder(folder: string): void {
  const parent = dirname(folder);
  if (!existsSync(parent)) makeFolder(parent);
  try {
    mkdirSync(folder, { mode: FOLDER_MODE });
  } catch (error) {
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}
