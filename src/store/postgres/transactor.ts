/**
 * Runs transactions on the sessions of a pool, and runs them again where two stood in each other's way or the
 * connection went before the commit was sent. A commit whose answer is lost is never tried again: it may have happened.
 */
import assert from 'node:assert/strict';
import { type Stopwatch, sleep, systemStopwatch, type Timers } from '../../lib/time.ts';
import type { Result } from './batch.ts';
import type { ConnectionPool } from './connection-pool.ts';
import { kindOf, mayBeCommitted, NoAnswer, outcomeUnknown, toEngineError } from './failure.ts';
import { Session } from './session.ts';
import type { Call } from './statement.ts';

export interface TransactorOptions {
  readonly pool: ConnectionPool;
  readonly timers: Timers;
  /** From 0 up to 1; spreads the tries of transactions that collided. */
  readonly random: () => number;
  /** Told of every commit and how long it took. */
  readonly onCommit?: (durationMs: number) => void;
  readonly stopwatch?: Stopwatch;
}

/** Locks are taken in one order, so that conflicts are rare: one that comes back this often is a hot spot. */
const TRIES_MAX = 6;
const RETRY_WAIT_FIRST_MS = 2;
const RETRY_WAIT_LAST_MS = 50;

export class Transactor {
  readonly #pool: ConnectionPool;
  readonly #timers: Timers;
  readonly #random: () => number;
  readonly #onCommit: (durationMs: number) => void;
  readonly #stopwatch: Stopwatch;

  constructor({ pool, timers, random, onCommit = () => {}, stopwatch = systemStopwatch }: TransactorOptions) {
    this.#pool = pool;
    this.#timers = timers;
    this.#random = random;
    this.#onCommit = onCommit;
    this.#stopwatch = stopwatch;
  }

  /** `work` may be run several times; what it wrote is on disk when this resolves, and not at all when it rejects. */
  run<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.#tryAgain(() => this.#runOnce(work));
  }

  /** One statement that is a transaction of its own: one round trip. */
  runAlone(call: Call): Promise<Result> {
    return this.#tryAgain(async () => {
      try {
        return await this.#ask(call);
      } catch (error) {
        throw mayBeCommitted(error) ? outcomeUnknown(error) : error;
      }
    });
  }

  /** One statement that writes nothing, and so may always be asked again. */
  readAlone(call: Call): Promise<Result> {
    return this.#tryAgain(() => this.#ask(call));
  }

  async #ask(call: Call): Promise<Result> {
    const connection = await this.#pool.acquire();
    try {
      const [result] = await connection.run([call]);
      assert(result);
      return result;
    } finally {
      this.#pool.release(connection);
    }
  }

  async #tryAgain<T>(attempt: () => Promise<T>): Promise<T> {
    let waitMs = RETRY_WAIT_FIRST_MS;
    for (let tries = 1; ; tries += 1) {
      try {
        return await attempt();
      } catch (error) {
        const kind = kindOf(error);
        const isPassing = kind === 'conflict' || (kind === 'connection-lost' && !(error instanceof NoAnswer));
        const isRetried = tries < TRIES_MAX && isPassing;
        if (!isRetried) throw toEngineError(error);
      }
      await sleep(this.#timers, waitMs * (0.5 + this.#random()));
      waitMs = Math.min(waitMs * 2, RETRY_WAIT_LAST_MS);
    }
  }

  async #runOnce<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const connection = await this.#pool.acquire();
    const session = new Session(connection);
    try {
      const value = await work(session);
      const beganMs = this.#stopwatch();
      await session.commit();
      this.#onCommit(this.#stopwatch() - beganMs);
      return value;
    } catch (error) {
      await session.rollback();
      throw error;
    } finally {
      this.#pool.release(connection);
    }
  }
}
