/** The file's own record of a move to PostgreSQL, and the refusal to open what has been moved. */
import type { DatabaseSync } from 'node:sqlite';
import { toIso } from '../../lib/time.ts';
import { StoreError } from '../store-error.ts';

const HAS_RECORD = `SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'store_move'`;
const FIND = 'SELECT id, target, moved_at_ms FROM store_move';
const BEGIN = 'INSERT INTO store_move (only_row, id) VALUES (1, ?)';
const MARK = 'UPDATE store_move SET target = ?, moved_at_ms = ?';
/** A release before this table would open the file in good faith, and is told that it cannot. */
const SHUT_OUT_OLDER = `UPDATE migrations SET beside = version WHERE name = 'store-move'`;

interface MoveRow {
  readonly id: string;
  readonly target: string | null;
  readonly moved_at_ms: number | null;
}

export interface RecordedMove {
  readonly id: string;
  readonly movedTo?: string;
}

/** The move that was begun here, which is begun now where there is none. */
export function recordMove(database: DatabaseSync, makeId: () => string): RecordedMove {
  const row = find(database);
  if (row) return { id: row.id, ...(row.moved_at_ms !== null && { movedTo: row.target ?? '' }) };
  const id = makeId();
  database.prepare(BEGIN).run(id);
  return { id };
}

export function markMoved(database: DatabaseSync, target: string, atMs: number): void {
  database.exec('BEGIN IMMEDIATE');
  database.prepare(SHUT_OUT_OLDER).run();
  database.prepare(MARK).run(target, atMs);
  database.exec('COMMIT');
}

/** For everybody who opens a database to use it. @throws StoreError `moved` */
export function assertNotMoved(database: DatabaseSync, path: string): void {
  const row = database.prepare(HAS_RECORD).get() ? find(database) : undefined;
  if (!row || row.moved_at_ms === null) return;
  throw new StoreError(
    'moved',
    `${path}: was moved to ${row.target} at ${toIso(row.moved_at_ms)}; name that one by OTPOST_DATABASE_URL`,
  );
}

function find(database: DatabaseSync): MoveRow | undefined {
  return database.prepare(FIND).get() as unknown as MoveRow | undefined;
}
