/** The thread of `checkpointer.ts`. An error ends it. */
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { CheckpointOrder, CopiedFile } from './checkpointer.ts';
import { openCopier } from './connection.ts';

/** While commits go on, the first pass ends behind them, and each that follows has less to do. */
const PASSES_MAX = 8;

assert(parentPort);
const port = parentPort;
const { path, inode, device }: CopiedFile = workerData;
// Before it is opened: even a connection that does nothing copies the log when it is the last to close.
const there = statSync(path);
assert(there.ino === inode && there.dev === device, 'the database file was replaced');
const database = openCopier(path);
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
