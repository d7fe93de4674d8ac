/**
 * Hints from node to node that something may be claimed at once, by LISTEN and NOTIFY. A hint that is lost costs one
 * poll. NOTIFY is sent after the commit and not within it: within, it would make all commits of the server wait for
 * each other. Whatever falls due while one is on its way shares the next.
 */
import { sleep, type Timers } from '../../lib/time.ts';
import type { Connection } from './connection.ts';
import { call, statement } from './statement.ts';
import type { Transactor } from './transactor.ts';

const CHANNEL = 'otpost_work';
const NOTIFY = call(statement('SELECT pg_notify($1, $2)'), CHANNEL, '');
const RECONNECT_MS = 2_000;

export interface WakesOptions {
  readonly open: () => Promise<Connection>;
  readonly transactor: Transactor;
  readonly timers: Timers;
}

export class Wakes implements AsyncDisposable {
  readonly #options: WakesOptions;
  readonly #listeners = new Set<() => void>();
  readonly #stopping = new AbortController();
  #listening: Promise<void> | undefined;
  #connection: Connection | undefined;
  #isSending = false;
  #isWanted = false;

  constructor(options: WakesOptions) {
    this.#options = options;
  }

  /** Calls `listener` whenever another node, or this one, has something to be claimed. @returns what ends it */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    this.#listening ??= this.#listen();
    return () => void this.#listeners.delete(listener);
  }

  /** Tells every node. It neither waits nor fails: the poll finds what a hint did not reach. */
  send(): void {
    this.#isWanted = true;
    if (!this.#isSending) void this.#sendWanted();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    this.#connection?.destroy();
    await this.#listening;
  }

  async #sendWanted(): Promise<void> {
    this.#isSending = true;
    while (this.#isWanted && !this.#stopping.signal.aborted) {
      this.#isWanted = false;
      await this.#options.transactor.runAlone(NOTIFY).catch(() => {});
    }
    this.#isSending = false;
  }

  async #listen(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#listenOnce().catch(() => {});
      if (!signal.aborted) await sleep(this.#options.timers, RECONNECT_MS, signal);
    }
  }

  /** Resolves when the session has ended. */
  async #listenOnce(): Promise<void> {
    const connection = await this.#options.open();
    this.#connection = connection;
    const ended = new Promise<void>((resolve) => {
      connection.onBroken = resolve;
      this.#stopping.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    if (this.#stopping.signal.aborted) connection.destroy();
    // A session that is cut while it subscribes may never answer.
    else await Promise.race([connection.listen(CHANNEL, () => this.#wake()), ended]);
    // What was announced before this session listened is found now.
    this.#wake();
    await ended;
  }

  #wake(): void {
    for (const listener of this.#listeners) listener();
  }
}
