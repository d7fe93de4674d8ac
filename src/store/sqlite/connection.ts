/**
 * Opens a SQLite file with the settings that everything here relies on, and says in one line why it cannot. It
 * knows the file, not its schema.
 */
import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { StoreError, type StoreErrorKind } from '../store-error.ts';

/** `OTPT`: marks the file as ours, so that another program's database is refused and left as it is. */
export const APPLICATION_ID = 0x4f545054;

/** Only start-up waits in SQLite itself, where nothing else is to be done: another process may be migrating. */
const OPENING_TIMEOUT_MS = 5_000;
/** Whoever wants the file alone and finds somebody there, finds a server, which does not go by itself. */
const ALONE_TIMEOUT_MS = 500;
/** Memory that a busy writer may use for pages; an idle one uses what it has touched. */
const WRITER_CACHE_KIB = 65_536;
const READER_CACHE_KIB = 16_384;
/**
 * Pages of the write-ahead log (4 KiB each) after which a commit copies them into the file: several times what the
 * checkpointer lets come together, so that it is a commit's turn only where that cannot or does not keep up.
 */
const CHECKPOINT_PAGES = 8_000;
/** A log that grew while a reader or a backup held it is cut back to this when it starts over. */
const LOG_BYTES_MAX = 32 * 1024 * 1024;

export interface WriterOptions {
  /** Nobody else has the file open, nor will until it is closed. */
  readonly isAlone?: boolean;
}

/** Makes the file where there is none. @throws StoreError */
export function openWriter(path: string, { isAlone = false }: WriterOptions = {}): DatabaseSync {
  ensureFile(path);
  return describeFailure(path, () => {
    const database = new DatabaseSync(path, { timeout: isAlone ? ALONE_TIMEOUT_MS : OPENING_TIMEOUT_MS });
    try {
      // From the first look at the file on. @see https://www.sqlite.org/wal.html#use_of_wal_without_shared_memory
      if (isAlone) database.exec('PRAGMA locking_mode = EXCLUSIVE');
      assertOurs(database, path);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

/** For a writer of a file that is known to be ours: writes from here on outlive a power cut. */
export function makeDurable(database: DatabaseSync): void {
  database.exec(`PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA trusted_schema = OFF;
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -${WRITER_CACHE_KIB};
    PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};
    PRAGMA journal_size_limit = ${LOG_BYTES_MAX};`);
}

/** From here on a lock held by another process is an error at once: waiting would stop every other request. */
export function stopWaitingForLocks(database: DatabaseSync): void {
  database.exec('PRAGMA busy_timeout = 0');
}

/** Sees what is committed and nothing else, whatever the writer is in the middle of. */
export function openReader(path: string): DatabaseSync {
  return describeFailure(path, () => {
    const database = new DatabaseSync(path, { readOnly: true, timeout: OPENING_TIMEOUT_MS });
    database.exec(`PRAGMA cache_size = -${READER_CACHE_KIB}; PRAGMA trusted_schema = OFF`);
    return database;
  });
}

/** For copying the log of a file that others write. A file that was removed is not made again. */
export function openCopier(path: string): DatabaseSync {
  const url = pathToFileURL(path);
  url.searchParams.set('mode', 'rw');
  const database = new DatabaseSync(url);
  database.exec('PRAGMA synchronous = FULL');
  return database;
}

/** Runs what touches the file; failures of the file become `StoreError`s, others pass. */
export function describeFailure<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw toStoreError(error, path);
  }
}

export function isBusy(error: unknown): boolean {
  const result = primaryResult(error);
  return result === SQLITE_BUSY || result === SQLITE_LOCKED;
}

export function isUniqueViolation(error: unknown): boolean {
  return primaryResult(error) === SQLITE_CONSTRAINT;
}

// Primary result codes. @see https://www.sqlite.org/rescode.html
const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;
const SQLITE_CORRUPT = 11;
const SQLITE_CONSTRAINT = 19;
const SQLITE_NOTADB = 26;
/** PERM, READONLY, IOERR, FULL, CANTOPEN, NOLFS, AUTH. */
const UNWRITABLE_RESULTS: readonly number[] = [3, 8, 10, 13, 14, 22, 23];

function primaryResult(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number')
    return undefined;
  return error.errcode & 0xff;
}

/** What an operator can act on as a `StoreError`; anything else as it is. */
export function toStoreError(error: unknown, path: string): unknown {
  const result = primaryResult(error);
  if (result === undefined || !(error instanceof Error)) return error;
  const fail = (kind: StoreErrorKind, text: string) =>
    new StoreError(kind, `${path}: ${text}`, { cause: error });
  if (result === SQLITE_BUSY || result === SQLITE_LOCKED) return fail('locked', 'locked by another process');
  if (result === SQLITE_NOTADB) return fail('foreign', 'not a SQLite database');
  if (result === SQLITE_CORRUPT) return fail('corrupt', 'the database is damaged: restore a backup');
  if (UNWRITABLE_RESULTS.includes(result)) return fail('unwritable', `cannot be written (${error.message})`);
  return error;
}

/** Makes an empty file, readable by its owner only, where there is none. @throws StoreError */
export function ensureFile(path: string): void {
  try {
    closeSync(openSync(path, 'a', 0o600));
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new StoreError('unwritable', `${path}: cannot be opened for writing (${reason})`, { cause: error });
  }
}

/** An empty database is ours to be. */
function assertOurs(database: DatabaseSync, path: string): void {
  const { application_id: id } = database.prepare('PRAGMA application_id').get() ?? {};
  if (id === APPLICATION_ID) return;
  const { objects } = database.prepare('SELECT count(*) AS objects FROM sqlite_schema').get() ?? {};
  if (id === 0 && objects === 0) return;
  throw new StoreError('foreign', `${path}: a database of another program`);
}
