/**
 * A SQLite file as what a move reads from, and the mark that keeps everybody from opening it afterwards. Unless it is
 * read ahead, nobody else has it open meanwhile: a server that went on would write what the move no longer sees.
 */
import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../lib/time.ts';
import { type MovedRow, type MovedValue, toMovedRow } from '../move-rows.ts';
import type { MoveSource } from '../move-store.ts';
import type { MovedColumn, MovedTable, SourceTable } from '../move-tables.ts';
import { StoreError } from '../store-error.ts';
import { describeFailure, makeDurable, openWriter } from './connection.ts';
import { assertMigrated } from './migrate-sqlite.ts';
import { markMoved, recordMove } from './move-mark.ts';

/** In the order in which the migrations made them: what others refer to comes first. */
const LIST_TABLES = `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
  ORDER BY rowid`;
const LIST_COLUMNS = 'SELECT name FROM pragma_table_info(?) ORDER BY cid';

export interface SqliteMoveSource extends MoveSource, Disposable {}

export interface MoveSourceOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly makeId: () => string;
  /** Others may have it open, and go on writing. */
  readonly isAhead: boolean;
}

/** The schema must be this release's. @throws StoreError */
export function openMoveSource({ path, clock, makeId, isAhead }: MoveSourceOptions): SqliteMoveSource {
  if (!existsSync(path)) throw new StoreError('unwritable', `${path}: there is no database to move`);
  const database = isAhead ? openWriter(path) : openAlone(path);
  try {
    return describeFailure(path, () => {
      assertMigrated(database, path);
      makeDurable(database);
      // A sort of a large table is done in a file, not in memory.
      database.exec('PRAGMA temp_store = DEFAULT');
      return createSource(database, { path, clock, makeId });
    });
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Holds the file alone until it is closed, as nobody can who is not the only one to have it open. @throws StoreError `locked` */
function openAlone(path: string): DatabaseSync {
  try {
    return openWriter(path, { isAlone: true });
  } catch (error) {
    if (!(error instanceof StoreError) || error.kind !== 'locked') throw error;
    throw new StoreError('locked', `${path}: is in use: stop the server and whatever else has it open`, {
      cause: error,
    });
  }
}

function createSource(
  database: DatabaseSync,
  { path, clock, makeId }: Pick<MoveSourceOptions, 'path' | 'clock' | 'makeId'>,
): SqliteMoveSource {
  const { id, movedTo } = recordMove(database, makeId);
  return {
    name: path,
    moveId: id,
    ...(movedTo !== undefined && { movedTo }),
    tables: readTables(database),
    count({ name }) {
      const { count } = database.prepare(`SELECT count(*) AS count FROM ${name}`).get() ?? {};
      return Number(count);
    },
    rows: (table) => readRows(database, table),
    markMoved: (target) => markMoved(database, target, clock()),
    [Symbol.dispose]: () => database.close(),
  };
}

export function readTables(database: DatabaseSync): readonly SourceTable[] {
  const columns = database.prepare(LIST_COLUMNS);
  return database
    .prepare(LIST_TABLES)
    .all()
    .map(({ name }) => ({
      name: String(name),
      columns: columns.all(String(name)).map((column) => String(column.name)),
    }));
}

function* readRows(database: DatabaseSync, { name, columns, keyWidth }: MovedTable): Generator<MovedRow> {
  const key = columns.slice(0, keyWidth).map((column) => column.name);
  const read = database.prepare(
    `SELECT ${columns.map(toExpression).join(', ')} FROM ${name} ORDER BY ${key.join(', ')}`,
  );
  read.setReturnArrays(true);
  for (const values of read.iterate()) yield toMovedRow(values as unknown as readonly MovedValue[]);
}

function toExpression({ name, type }: MovedColumn): string {
  return type === 'bytea' ? `iif(${name} IS NULL, NULL, lower(hex(${name})))` : name;
}
