/**
 * The sessions of one node: so many at most, opened when needed, and a bounded queue before them. Whoever would wait
 * too long is told so, with the time to come again: a queue that only grows answers nobody.
 */
import { EngineError } from '../../core/errors.ts';
import type { TimerHandle, Timers } from '../../lib/time.ts';
import type { Connection } from './connection.ts';
import { overloaded } from './failure.ts';

export interface PoolOptions {
  readonly open: () => Promise<Connection>;
  readonly timers: Timers;
  readonly connectionsMax: number;
  readonly waitingMax: number;
  readonly waitMs: number;
}

interface Waiting {
  readonly resolve: (connection: Connection) => void;
  readonly reject: (reason: unknown) => void;
  readonly timer: TimerHandle;
}

export class ConnectionPool {
  readonly #options: PoolOptions;
  /** The last one used is used next, so that its caches are warm and superfluous ones stay idle. */
  readonly #idle: Connection[] = [];
  readonly #waiting = new Set<Waiting>();
  /** Open or being opened. */
  #count = 0;
  #isClosed = false;
  #whenEmpty: (() => void) | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** Rejects with `EngineError('overloaded')`. */
  acquire(): Promise<Connection> {
    if (this.#isClosed) return Promise.reject(closing());
    const idle = this.#idle.pop();
    if (idle) return Promise.resolve(idle);
    const { timers, waitMs, waitingMax } = this.#options;
    if (this.#waiting.size >= waitingMax)
      return Promise.reject(overloaded('too many transactions are waiting'));
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        this.#waiting.delete(waiting);
        reject(overloaded('no connection to the database became free'));
      };
      const waiting: Waiting = { resolve, reject, timer: timers.setTimeout(giveUp, waitMs) };
      this.#waiting.add(waiting);
      this.#openIfWanted();
    });
  }

  release(connection: Connection): void {
    if (connection.isBroken) {
      this.#forget();
      return;
    }
    const waiting = this.#takeWaiting();
    if (waiting) waiting.resolve(connection);
    else if (this.#isClosed) this.#end(connection);
    else this.#idle.push(connection);
  }

  /** Takes nobody in any more; resolves when those who had come are served and every session is closed. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const connection of this.#idle.splice(0)) this.#end(connection);
    if (this.#count === 0) return;
    await new Promise<void>((resolve) => {
      this.#whenEmpty = resolve;
    });
  }

  #openIfWanted(): void {
    if (this.#waiting.size === 0 || this.#count >= this.#options.connectionsMax) return;
    this.#count += 1;
    this.#options.open().then(
      (connection) => {
        connection.onBroken = () => this.#dropIdle(connection);
        this.release(connection);
      },
      (error: unknown) => {
        this.#takeWaiting()?.reject(overloaded('the database cannot be reached', error));
        this.#forget();
      },
    );
  }

  #takeWaiting(): Waiting | undefined {
    const [first] = this.#waiting;
    if (!first) return undefined;
    this.#waiting.delete(first);
    this.#options.timers.clearTimeout(first.timer);
    return first;
  }

  /** A session that ends while someone has it is forgotten when it is given back. */
  #dropIdle(connection: Connection): void {
    const index = this.#idle.indexOf(connection);
    if (index < 0) return;
    this.#idle.splice(index, 1);
    this.#forget();
  }

  #end(connection: Connection): void {
    void connection.close().then(() => this.#forget());
  }

  #forget(): void {
    this.#count -= 1;
    this.#openIfWanted();
    if (this.#isClosed && this.#count === 0) this.#whenEmpty?.();
  }
}

function closing(): EngineError {
  return new EngineError('overloaded', 'the store is closing');
}
