/**
 * Moves all rows of one store into another, table by table. Both sides are read in the order of the key and compared
 * row by row, and only what differs is written: so a move that was cut short goes on by being run again, whatever has
 * changed in the source since, and one that runs ahead of the change-over leaves little to do. It knows no SQL.
 *
 * Order of trust: the target is unusable until it is equal; the source is unusable before the target becomes usable.
 * So there is never a moment in which both are served, and whenever the move is cut short it can be finished.
 */
import { type Stopwatch, systemStopwatch } from '../lib/time.ts';
import { Batch, RowCursor } from './move-batches.ts';
import { compareKeys, type MovedRow, TableDigest, type TableSum } from './move-rows.ts';
import { type MovedTable, pairTables, type SourceTable } from './move-tables.ts';
import { StoreError } from './store-error.ts';

export interface MoveSource {
  /** For people. */
  readonly name: string;
  readonly tables: readonly SourceTable[];
  /** Made when a move is first begun from here. */
  readonly moveId: string;
  /** Where the rows are, as it was told by `markMoved`. */
  readonly movedTo?: string;
  count(table: MovedTable): number;
  /** In the order of the key. */
  rows(table: MovedTable): Iterable<MovedRow>;
  /** From here on nobody opens it. On disk when it returns. */
  markMoved(target: string): void;
}

export interface TargetState {
  readonly hasRows: boolean;
  /** That was begun into it. */
  readonly move?: { readonly id: string; readonly isFinished: boolean };
}

export interface MoveTarget {
  /** For people, without credentials. */
  readonly name: string;
  readonly tables: readonly MovedTable[];
  look(tables: readonly MovedTable[]): Promise<TargetState>;
  begin(moveId: string): Promise<void>;
  /** In the order of the key, in batches. */
  read(table: MovedTable): AsyncIterable<readonly MovedRow[]>;
  /** Inserts rows, or replaces those of the same key. */
  write(table: MovedTable, rows: readonly MovedRow[]): Promise<void>;
  remove(table: MovedTable, rows: readonly MovedRow[]): Promise<void>;
  /** Makes what is made of the rows: once these are equal. */
  complete(tables: readonly MovedTable[]): Promise<void>;
  /** From here on nodes open it. On disk when it resolves. */
  finish(): Promise<void>;
}

export type MoveProgress =
  | {
      readonly step: 'copying' | 'verifying';
      readonly table: string;
      readonly rows: number;
      readonly of: number;
    }
  /** The source is out of use, the target not in use yet. */
  | { readonly step: 'marked' };

export interface TableReport extends TableSum {
  readonly table: string;
  /** Rows that the target did not have so. */
  readonly written: number;
  /** Rows that the target had and the source has not. */
  readonly removed: number;
  readonly durationMs: number;
  /** False: the target holds something else than was written. Absent: the source is in use, and nothing was compared. */
  readonly isEqual?: boolean;
}

export interface MoveReport {
  /** `ahead`: copied, and the source goes on. `done-before`: by an earlier run, and nothing was touched. */
  readonly outcome: 'moved' | 'unequal' | 'ahead' | 'done-before';
  readonly tables: readonly TableReport[];
  readonly durationMs: number;
}

export interface MoveOptions {
  readonly source: MoveSource;
  readonly target: MoveTarget;
  /** The source is in use and stays so: nothing is verified, and another move has to follow. */
  readonly isAhead: boolean;
  readonly onProgress?: (progress: MoveProgress) => void | Promise<void>;
  readonly stopwatch?: Stopwatch;
}

/** Rows from one word of progress to the next. */
const PROGRESS_ROWS = 1_000;

/** Rejects with `StoreError` where the two do not belong together. */
export async function moveStore(options: MoveOptions): Promise<MoveReport> {
  const { source, target, isAhead, onProgress = () => {}, stopwatch = systemStopwatch } = options;
  const beganMs = stopwatch();
  const tables = pairTables(source.tables, target.tables);
  const decision = decideMove(source, target.name, await target.look(tables));
  const end = (outcome: MoveReport['outcome'], reports: readonly TableReport[]): MoveReport => ({
    outcome,
    tables: reports,
    durationMs: stopwatch() - beganMs,
  });
  if (decision === 'done-before') return end('done-before', []);
  if (decision === 'begin') await target.begin(source.moveId);
  const reports: TableReport[] = [];
  for (const table of tables) reports.push(await moveTable({ ...options, onProgress, stopwatch }, table));
  if (isAhead) return end('ahead', reports);
  if (reports.some(({ isEqual }) => !isEqual)) return end('unequal', reports);
  await target.complete(tables);
  source.markMoved(target.name);
  await onProgress({ step: 'marked' });
  await target.finish();
  return end('moved', reports);
}

/** What is to be done with a source and a target as they are found. @throws StoreError */
export function decideMove(
  { name, moveId, movedTo }: Pick<MoveSource, 'name' | 'moveId' | 'movedTo'>,
  targetName: string,
  { hasRows, move }: TargetState,
): 'begin' | 'go-on' | 'done-before' {
  if (move?.id === moveId) {
    if (!move.isFinished) return 'go-on';
    if (movedTo !== undefined) return 'done-before';
    throw new StoreError(
      'foreign',
      `${targetName}: the move from ${name} into it was finished before, but the file does not know: it is an old copy`,
    );
  }
  if (movedTo !== undefined)
    throw new StoreError('moved', `${name}: was moved to ${movedTo}, and that is where a move of it goes on`);
  if (move && !move.isFinished)
    throw new StoreError(
      'foreign',
      `${targetName}: a move from another database into it is not finished: name an empty one`,
    );
  if (move || hasRows)
    throw new StoreError(
      'foreign',
      `${targetName}: holds data of another installation: name an empty database`,
    );
  return 'begin';
}

type TableMove = MoveOptions & Required<Pick<MoveOptions, 'onProgress' | 'stopwatch'>>;

async function moveTable(move: TableMove, table: MovedTable): Promise<TableReport> {
  const beganMs = move.stopwatch();
  const copied = await copyTable(move, table);
  const report = { table: table.name, ...copied.sum, written: copied.written, removed: copied.removed };
  if (move.isAhead) return { ...report, durationMs: move.stopwatch() - beganMs };
  // Where nothing was written, every row that the target holds has been read and found equal.
  const isRead = copied.written === 0 && copied.removed === 0;
  const found = isRead ? copied.sum : await sumTarget(move, table, copied.sum.rows);
  const isEqual = found.rows === copied.sum.rows && found.checksum === copied.sum.checksum;
  return { ...report, durationMs: move.stopwatch() - beganMs, isEqual };
}

/** Brings the target's rows to what the source's are. */
async function copyTable({ source, target, onProgress }: TableMove, table: MovedTable) {
  const digest = new TableDigest();
  const there = new RowCursor(target.read(table));
  const written = new Batch((rows) => target.write(table, rows));
  const removed = new Batch((rows) => target.remove(table, rows));
  const of = source.count(table);
  await there.step();
  for (const row of source.rows(table)) {
    digest.add(row);
    while (there.row && compareKeys(there.row, row, table.keyWidth) < 0) {
      if (removed.add(there.row)) await removed.send();
      const wait = there.step();
      if (wait) await wait;
    }
    if (there.row && compareKeys(there.row, row, table.keyWidth) === 0) {
      if (there.row.text !== row.text && written.add(row)) await written.send();
      const wait = there.step();
      if (wait) await wait;
    } else if (written.add(row)) await written.send();
    if (digest.rows % PROGRESS_ROWS === 0)
      await onProgress({ step: 'copying', table: table.name, rows: digest.rows, of });
  }
  for (; there.row; await there.step()) if (removed.add(there.row)) await removed.send();
  await removed.end();
  await written.end();
  await onProgress({ step: 'copying', table: table.name, rows: digest.rows, of });
  return { sum: digest.sum(), written: written.rows, removed: removed.rows };
}

/** What the target really holds, read back from it. */
async function sumTarget(
  { target, onProgress }: TableMove,
  table: MovedTable,
  of: number,
): Promise<TableSum> {
  const digest = new TableDigest();
  for await (const rows of target.read(table)) {
    for (const row of rows) digest.add(row);
    await onProgress({ step: 'verifying', table: table.name, rows: digest.rows, of });
  }
  return digest.sum();
}
