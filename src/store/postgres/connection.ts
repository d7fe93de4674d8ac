/**
 * One session of PostgreSQL. What is asked in one `run` is one round trip, however many statements. It knows no table and
 * begins no transaction.
 */
import { Socket } from 'node:net';
import { Client } from 'pg';
import { systemTimers, type Timers } from '../../lib/time.ts';
import { Batch, type Result } from './batch.ts';
import { ConnectionLost, kindOf, NoAnswer } from './failure.ts';
import { PreparedStatements } from './prepared-statements.ts';
import type { Call } from './statement.ts';

/** A start or a check takes milliseconds; a statement that is still there after this would only hold others up. */
const STATEMENT_TIMEOUT_MS = 10_000;
/** Whoever waits longer for a lock is better told to come again. */
const LOCK_TIMEOUT_MS = 5_000;
/** A node that stalls in the midst of a transaction loses it, and with it the locks that others wait for. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 5_000;
const CONNECT_TIMEOUT_MS = 5_000;
/**
 * Three statements that each take all they may. A server, or a way to it, that has said nothing for so long is gone: the
 * operating system would take a quarter of an hour to notice.
 */
const ANSWER_TIMEOUT_MS = 3 * STATEMENT_TIMEOUT_MS;
const KEEP_ALIVE_MS = 10_000;

/**
 * Plans that depend on neither statistics nor parameters: every statement is a handful of look-ups by index, and the
 * one thing that must not happen is a scan of a table that a stale estimate calls small.
 */
export const PLANNER_SETTINGS = [
  ['plan_cache_mode', 'force_generic_plan'],
  ['enable_seqscan', 'off'],
  ['enable_bitmapscan', 'off'],
  ['enable_hashjoin', 'off'],
  ['enable_mergejoin', 'off'],
  ['enable_material', 'off'],
  ['jit', 'off'],
] as const;
const SETTINGS = [
  ['idle_in_transaction_session_timeout', String(IDLE_IN_TRANSACTION_TIMEOUT_MS)],
  ...PLANNER_SETTINGS,
] as const;
const SETTLE_SESSION = [
  ...SETTINGS.map(([name, value]) => `SET ${name} = '${value}'`),
  // What is acknowledged is on disk, whatever the server's default; a stricter one (remote_apply) is kept.
  `SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'`,
].join(';');
const HURRY = `SET statement_timeout = ${STATEMENT_TIMEOUT_MS}; SET lock_timeout = ${LOCK_TIMEOUT_MS}`;
const DO_NOT_HURRY = 'SET statement_timeout = 0; SET lock_timeout = 0';

export interface ConnectionSettings {
  /** `postgres://user:password@host:port/database?sslmode=…` */
  readonly url: string;
  readonly applicationName: string;
  /** Work on a whole database: a statement, a lock and an answer take as long as they need. */
  readonly isUnhurried?: boolean;
  readonly timers?: Timers;
}

export class Connection {
  readonly #client: Client;
  readonly #socket: Socket;
  readonly #isUnhurried: boolean;
  readonly #timers: Timers;
  readonly #prepared = new PreparedStatements();
  #isBroken = false;
  #onBroken: () => void = () => {};

  /** Rejects with `ConnectionLost` or what the server said. */
  static async open(settings: ConnectionSettings): Promise<Connection> {
    const { url, applicationName, isUnhurried = false } = settings;
    const socket = new Socket();
    const client = new Client({
      connectionString: url,
      application_name: applicationName,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
      stream: () => socket,
    });
    const connection = new Connection(client, socket, settings);
    try {
      await client.connect();
      const hurry = isUnhurried ? DO_NOT_HURRY : HURRY;
      await connection.#inTime(client.query(`${hurry};${SETTLE_SESSION}`));
      return connection;
    } catch (error) {
      connection.destroy();
      throw toConnectionError(error);
    }
  }

  constructor(client: Client, socket: Socket, settings: ConnectionSettings) {
    const { isUnhurried = false, timers = systemTimers } = settings;
    this.#client = client;
    this.#socket = socket;
    this.#isUnhurried = isUnhurried;
    this.#timers = timers;
    client.on('error', () => this.#break());
    client.on('end', () => this.#break());
  }

  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** Called once, when the session has ended by itself. */
  set onBroken(listener: () => void) {
    this.#onBroken = listener;
  }

  /** One round trip. Rejects with the first failure; what came after it was not run. */
  run(calls: readonly Call[]): Promise<readonly Result[]> {
    const answer = new Promise<readonly Result[]>((resolve, reject) => {
      const fail = (error: unknown, isAnswered: boolean) => {
        const failure = toConnectionError(error);
        if (kindOf(failure) !== 'connection-lost') {
          reject(failure);
          return;
        }
        // The server has said that it ends the session: nobody is to be given it in the meantime.
        this.#break();
        reject(isAnswered ? toLoss(error) : failure);
      };
      this.#client.query(new Batch(calls, this.#prepared, { resolve, reject: fail }));
    });
    return this.#inTime(answer);
  }

  /** Any number of statements in one text, without parameters. */
  async runScript(text: string): Promise<void> {
    await this.#client.query(text).catch((error: unknown) => {
      throw toConnectionError(error);
    });
  }

  listen(channel: string, onNotification: () => void): Promise<unknown> {
    this.#client.on('notification', onNotification);
    return this.#inTime(this.#client.query(`LISTEN ${channel}`));
  }

  async close(): Promise<void> {
    this.#onBroken = () => {};
    if (this.#isBroken) return;
    this.#isBroken = true;
    await this.#client.end().catch(() => {});
  }

  /** At once, without a goodbye. */
  destroy(): void {
    this.#onBroken = () => {};
    this.#isBroken = true;
    this.#socket.destroy();
  }

  /** What is still not answered when the time is over fails as the session ends. */
  async #inTime<T>(answer: Promise<T>): Promise<T> {
    if (this.#isUnhurried) return answer;
    let isOver = false;
    const patience = this.#timers.setTimeout(() => {
      isOver = true;
      this.#break();
    }, ANSWER_TIMEOUT_MS);
    try {
      return await answer;
    } catch (error) {
      throw isOver ? new NoAnswer('the server does not answer', { cause: error }) : error;
    } finally {
      this.#timers.clearTimeout(patience);
    }
  }

  #break(): void {
    if (this.#isBroken) return;
    this.#isBroken = true;
    this.#socket.destroy();
    this.#onBroken();
  }
}

/** The server's own words pass; everything else that a client says is the end of its connection. */
function toConnectionError(error: unknown): unknown {
  return isFromServer(error) ? error : toLoss(error);
}

function toLoss(error: unknown): ConnectionLost {
  return new ConnectionLost(error instanceof Error ? error.message : String(error), { cause: error });
}

function isFromServer(error: unknown): boolean {
  return error instanceof Error && 'severity' in error;
}
