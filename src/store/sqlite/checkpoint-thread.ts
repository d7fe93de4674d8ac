/** The thread of `checkpointer.ts`. An error ends it. */
import assert from 'node:assert/strict';
import { parentPort, workerData } from 'node:worker_threads';
import type { CheckpointOrder } from './checkpointer.ts';
import { openCopier } from './connection.ts';
import { isInPlace, type OpenedFile } from './opened-file.ts';

/** While commits go on, the first pass ends behind them, and each that follows has less to do. */
const PASSES_MAX = 8;

assert(parentPort);
const port = parentPort;
const file: OpenedFile = workerData;
// A file that has taken the place of the one that is written has nothing to do with the log: to copy that into it would
// ruin it, and lose what the log alone holds. Looked at before it is opened: even a connection that does nothing copies
// the log when it is the last to close.
assert(isInPlace(file), 'the database file was removed or replaced');
const database = openCopier(file.path);
// Passive: it takes turns with nobody, and leaves what a reader still needs for another time.
const copyLog = database.prepare('PRAGMA wal_checkpoint(PASSIVE)');

port.on('message', (order: CheckpointOrder) => {
  if (order === 'close') {
    database.close();
    port.close();
    return;
  }
  let copied: unknown;
  for (let passes = 0; passes < PASSES_MAX; passes += 1) {
    const { busy, log, checkpointed } = copyLog.get() ?? {};
    // Until there is nothing new: only a log that was copied to its very end is begun anew by the next commit.
    if (busy === 1 || log !== checkpointed || checkpointed === copied) break;
    copied = checkpointed;
  }
  port.postMessage('copied');
});
