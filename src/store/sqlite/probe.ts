/** Whether what is written still reaches the file, for those who watch the store. It repairs nothing. */
import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { EngineError } from '../../core/errors.ts';
import type { GroupCommit } from './group-commit.ts';
import { isInPlace, openedFileAt } from './opened-file.ts';

/** Writes the page that holds it, although nothing reads it and nothing changes. */
const WRITE_A_PAGE = 'PRAGMA user_version = 0';
/** A page still fits where the lost group has been written in part; a full group of transactions takes this much. */
const FREE_BYTES_MIN = 1024 * 1024;

/** @returns rejects where the store takes no transactions, or where nobody would find again what it takes */
export function createProbe(path: string, writer: DatabaseSync, commits: GroupCommit): () => Promise<void> {
  const file = openedFileAt(path);
  return async () => {
    // A file that was removed lives on until it is closed, takes every write, and is gone then.
    if (!isInPlace(file)) throw new EngineError('internal', 'the database file was removed or replaced');
    await commits.probe(() => {
      const { bavail, bsize } = statfsSync(dirname(path));
      if (bavail * bsize < FREE_BYTES_MIN) throw new EngineError('internal', 'the disk is full');
      writer.exec(WRITE_A_PAGE);
    });
  };
}
