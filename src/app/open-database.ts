/** Opens the database that the settings name, in a folder that is made where there is none. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import type { Store } from '../engine/ports.ts';
import type { Clock, Timers } from '../lib/time.ts';
import { openSqliteStore } from '../store/sqlite/open-sqlite-store.ts';
import { StartupError, systemCodeOf } from './startup-error.ts';

const FILE_NAME = 'otpost.db';
/** What lies in it is for the owner only. */
const FOLDER_MODE = 0o700;

export interface DatabaseOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly onCommit?: (transactionCount: number, durationMs: number) => void;
}

export function databasePath({ dataFolder }: Pick<Config, 'dataFolder'>): string {
  return join(dataFolder, FILE_NAME);
}

/** Brings an older schema up to date. @throws StoreError, StartupError */
export async function openDatabase(
  config: Pick<Config, 'dataFolder'>,
  options: DatabaseOptions,
): Promise<Store> {
  makeDataFolder(config.dataFolder);
  return openSqliteStore({ path: databasePath(config), ...options });
}

/** @throws StartupError */
export function makeDataFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: FOLDER_MODE });
  } catch (error) {
    throw new StartupError(
      `OTPOST_DATA: ${folder} cannot be made or is no folder (${systemCodeOf(error) ?? 'unknown'})`,
      { cause: error },
    );
  }
}
