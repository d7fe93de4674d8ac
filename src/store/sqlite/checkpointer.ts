/**
 * Copies the write-ahead log into the database file on a thread of its own: where a commit does it, everybody waits ten
 * times as long for that one. It decides when, by what was written since; that a copy may be read and written beside and
 * be cut off at any moment is SQLite's own promise.
 *
 * It is a help and no duty: where the thread cannot run or does not keep up, commits copy as they would without it.
 *
 * @see https://www.sqlite.org/wal.html#ckpt
 */
import { Worker } from 'node:worker_threads';
import { type OpenedFile, openedFileAt } from './opened-file.ts';

/**
 * Some 300 verifications, and 1 500 pages of the log. A page that changed often in that time is copied once; but while more
 * than that is on its way to the disk, the commits that come meanwhile wait for it noticeably.
 */
const ROWS_BETWEEN = 3_000;

/** What the thread is told; it says `copied` after each copy. */
export type CheckpointOrder = 'copy' | 'close';

export interface CheckpointerOptions {
  readonly path: string;
  /** Rows that are changed between one copy and the next. */
  readonly rowsBetween?: number;
}

export class Checkpointer implements AsyncDisposable {
  readonly #file: OpenedFile;
  readonly #rowsBetween: number;
  /** Started at the first need: most processes, such as the command line's, never write so much. */
  #thread: Worker | undefined;
  #copying: PromiseWithResolvers<void> | undefined;
  #closing: Promise<void> | undefined;
  #changeCount = 0;

  /** To be made while the file at `path` is open as it is. */
  constructor({ path, rowsBetween = ROWS_BETWEEN }: CheckpointerOptions) {
    this.#file = openedFileAt(path);
    this.#rowsBetween = rowsBetween;
  }

  /** To be told of every commit. @param changeCount rows that its connection has changed since it was opened */
  noteCommit(changeCount: number): void {
    if (this.#copying || changeCount - this.#changeCount < this.#rowsBetween) return;
    this.#changeCount = changeCount;
    this.#thread ??= this.#startThread();
    this.#copying = Promise.withResolvers();
    this.#thread.postMessage('copy' satisfies CheckpointOrder);
  }

  /** Resolves once nothing is being copied. */
  async settled(): Promise<void> {
    await this.#copying?.promise;
  }

  /** Resolves once the file is closed. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#thread) return;
    this.#closing ??= closed(this.#thread);
    await this.#closing;
  }

  #startThread(): Worker {
    const thread = new Worker(new URL('./checkpoint-thread.ts', import.meta.url), { workerData: this.#file });
    thread.unref();
    thread.on('message', () => this.#endCopy());
    // What went wrong is told by the commits that copy in its place. The next need starts another.
    thread.on('error', () => {});
    thread.on('exit', () => {
      this.#thread = undefined;
      this.#endCopy();
    });
    return thread;
  }

  #endCopy(): void {
    this.#copying?.resolve();
    this.#copying = undefined;
  }
}

function closed(thread: Worker): Promise<void> {
  thread.ref();
  thread.postMessage('close' satisfies CheckpointOrder);
  return new Promise((resolve) => thread.once('exit', () => resolve()));
}
