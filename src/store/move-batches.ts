/** Rows on their way between two databases, in batches: so many in memory at a time, however long the table is. */
import type { MovedRow } from './move-rows.ts';

/** A statement of a thousand rows costs little more than its rows do; larger ones only cost memory. */
const BATCH_ROWS_MAX = 1_000;
/** Of the rows' texts: messages may be long. */
const BATCH_BYTES_MAX = 2_000_000;

/** One row at a time of what comes in batches: most steps need no turn of the event loop. */
export class RowCursor {
  readonly #batches: AsyncIterator<readonly MovedRow[]>;
  #batch: readonly MovedRow[] = [];
  #index = 0;

  constructor(batches: AsyncIterable<readonly MovedRow[]>) {
    this.#batches = batches[Symbol.asyncIterator]();
  }

  /** Undefined after the last. */
  get row(): MovedRow | undefined {
    return this.#batch[this.#index];
  }

  /** To the next row, and at first to the first one. @returns what is to be waited for, where it is not there yet */
  step(): Promise<void> | undefined {
    this.#index += 1;
    return this.row ? undefined : this.#fetch();
  }

  async #fetch(): Promise<void> {
    const next = await this.#batches.next();
    this.#batch = next.done ? [] : next.value;
    this.#index = 0;
  }
}

/** Rows for one statement. The next is filled while the database works on the one before. */
export class Batch {
  readonly #write: (rows: readonly MovedRow[]) => Promise<void>;
  #waiting: MovedRow[] = [];
  #bytes = 0;
  #rows = 0;
  #sent: Promise<void> = Promise.resolve();

  constructor(write: (rows: readonly MovedRow[]) => Promise<void>) {
    this.#write = write;
  }

  /** Of all that were added. */
  get rows(): number {
    return this.#rows;
  }

  /** @returns whether it is to be sent now */
  add(row: MovedRow): boolean {
    this.#waiting.push(row);
    this.#rows += 1;
    this.#bytes += row.text.length;
    return this.#waiting.length >= BATCH_ROWS_MAX || this.#bytes >= BATCH_BYTES_MAX;
  }

  async send(): Promise<void> {
    await this.#sent;
    const rows = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    this.#sent = this.#write(rows);
    // Whoever sends next is told of a failure; until then it is nobody's.
    this.#sent.catch(() => {});
  }

  async end(): Promise<void> {
    if (this.#waiting.length > 0) await this.send();
    await this.#sent;
  }
}
