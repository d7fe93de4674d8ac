/** A copy of a database in use, through SQLite's own backup: one consistent moment, writers go on meanwhile. */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { backup } from 'node:sqlite';
import { StoreError } from '../store-error.ts';
import { describeFailure, ensureFile, openReader, toStoreError } from './connection.ts';
import { assertNotMoved } from './move-mark.ts';

/**
 * All pages in one step: the step runs in a thread of its own and reads from one snapshot. In smaller steps every
 * commit in between would start the copy over.
 */
const ALL_PAGES = 2 ** 31 - 1;

/**
 * Copies the database at `path` to `target`, which must not exist, is readable by its owner only, and appears under
 * its name only when it is whole. Restoring is putting it in the place of the database while nothing runs.
 * @throws StoreError
 */
export async function backupSqlite(path: string, target: string): Promise<void> {
  if (!existsSync(path)) throw new StoreError('unwritable', `${path}: there is no database`);
  if (existsSync(target)) throw new StoreError('unwritable', `${target}: exists already`);
  const partial = `${target}.partial`;
  const source = openReader(path);
  try {
    // Whoever backs up day by day would not notice that what they keep is no longer what is served.
    describeFailure(path, () => assertNotMoved(source, path));
    rmSync(partial, { force: true });
    ensureFile(partial);
    await backup(source, partial, { rate: ALL_PAGES });
    renameSync(partial, target);
  } catch (error) {
    rmSync(partial, { force: true });
    throw toStoreError(error, target);
  } finally {
    source.close();
  }
}
