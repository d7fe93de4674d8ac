/** Moves the embedded database of the settings into a PostgreSQL database. What it asks for is checked before anything is opened. */
import type { Config } from '../config/config.ts';
import { createSystemRandomBytes } from '../lib/random.ts';
import type { Clock } from '../lib/time.ts';
import { createUuidMaker } from '../lib/uuid.ts';
import { type MoveProgress, type MoveReport, moveStore } from '../store/move-store.ts';
import { openMoveTarget } from '../store/postgres/move-target.ts';
import { openMoveSource } from '../store/sqlite/move-source.ts';
import { databasePath } from './open-database.ts';

export interface MoveDatabaseOptions {
  readonly url: string;
  readonly clock: Clock;
  /** While a server uses the database, and without taking it from it. */
  readonly isAhead: boolean;
  readonly onProgress?: (progress: MoveProgress) => void | Promise<void>;
}

export interface DatabaseMove extends MoveReport {
  readonly source: string;
  /** Without credentials. */
  readonly target: string;
}

/** @throws StoreError */
export async function moveDatabase(
  config: Pick<Config, 'dataFolder'>,
  { url, clock, isAhead, onProgress }: MoveDatabaseOptions,
): Promise<DatabaseMove> {
  const makeId = createUuidMaker(clock, createSystemRandomBytes());
  const source = openMoveSource({ path: databasePath(config), clock, makeId, isAhead });
  try {
    const target = await openMoveTarget({ url, clock });
    try {
      const report = await moveStore({ source, target, isAhead, ...(onProgress && { onProgress }) });
      return { source: source.name, target: target.name, ...report };
    } finally {
      await target[Symbol.asyncDispose]();
    }
  } finally {
    source[Symbol.dispose]();
  }
}
