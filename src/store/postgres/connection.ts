/**
 * One session of PostgreSQL. What is asked in one `run` is one round trip, however many statements. It knows no table and
 * begins no transaction.
 */
import { Socket } from 'node:net';
import { Client } from 'pg';
import { Batch, type Result } from './batch.ts';
import { ConnectionLost, kindOf } from './failure.ts';
import { PreparedStatements } from './prepared-statements.ts';
import type { Call } from './statement.ts';

/** A start or a check takes milliseconds; a statement that is still there after this would only hold others up. */
const STATEMENT_TIMEOUT_MS = 10_000;
/** Whoever waits longer for a lock is better told to come again. */
const LOCK_TIMEOUT_MS = 5_000;
/** A node that stalls in the midst of a transaction loses it, and with it the locks that others wait for. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 5_000;
const CONNECT_TIMEOUT_MS = 5_000;
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
  ['statement_timeout', String(STATEMENT_TIMEOUT_MS)],
  ['lock_timeout', String(LOCK_TIMEOUT_MS)],
  ['idle_in_transaction_session_timeout', String(IDLE_IN_TRANSACTION_TIMEOUT_MS)],
  ...PLANNER_SETTINGS,
] as const;
const SETTLE_SESSION = [
  ...SETTINGS.map(([name, value]) => `SET ${name} = '${value}'`),
  // What is acknowledged is on disk, whatever the server's default; a stricter one (remote_apply) is kept.
  `SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'`,
].join(';');

export interface ConnectionSettings {
  /** `postgres://user:password@host:port/database?sslmode=…` */
  readonly url: string;
  readonly applicationName: string;
}

export class Connection {
  readonly #client: Client;
  readonly #socket: Socket;
  readonly #prepared = new PreparedStatements();
  #isBroken = false;
  #onBroken: () => void = () => {};

  /** Rejects with `ConnectionLost` or what the server said. */
  static async open({ url, applicationName }: ConnectionSettings): Promise<Connection> {
    const socket = new Socket();
    const client = new Client({
      connectionString: url,
      application_name: applicationName,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
      stream: () => socket,
    });
    const connection = new Connection(client, socket);
    try {
      await client.connect();
      await client.query(SETTLE_SESSION);
      return connection;
    } catch (error) {
      connection.destroy();
      throw toConnectionError(error);
    }
  }

  constructor(client: Client, socket: Socket) {
    this.#client = client;
    this.#socket = socket;
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
    return new Promise((resolve, reject) => {
      const fail = (error: unknown) => {
        const failure = toConnectionError(error);
        // The server has said that it ends the session: nobody is to be given it in the meantime.
        if (kindOf(failure) === 'connection-lost') this.#break();
        reject(failure);
      };
      this.#client.query(new Batch(calls, this.#prepared, { resolve, reject: fail }));
    });
  }

  /** Any number of statements in one text, without parameters. */
  async runScript(text: string): Promise<void> {
    await this.#client.query(text).catch((error: unknown) => {
      throw toConnectionError(error);
    });
  }

  listen(channel: string, onNotification: () => void): Promise<unknown> {
    this.#client.on('notification', onNotification);
    return this.#client.query(`LISTEN ${channel}`);
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

  #break(): void {
    if (this.#isBroken) return;
    this.#isBroken = true;
    this.#socket.destroy();
    this.#onBroken();
  }
}

/** The server's own words pass; everything else that a client says is the end of its connection. */
function toConnectionError(error: unknown): unknown {
  if (isFromServer(error)) return error;
  return new ConnectionLost(error instanceof Error ? error.message : String(error), { cause: error });
}

function isFromServer(error: unknown): boolean {
  return error instanceof Error && 'severity' in error;
}
