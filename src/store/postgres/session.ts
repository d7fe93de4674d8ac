/**
 * One transaction on one connection, in as few round trips as its questions need: `BEGIN` travels with the first
 * question, writes that nobody waits for travel with the next question or with `COMMIT`.
 */
import assert from 'node:assert/strict';
import type { Result } from './batch.ts';
import type { Connection } from './connection.ts';
import { mayBeCommitted, outcomeUnknown } from './failure.ts';
import { type Call, control } from './statement.ts';

const BEGIN = control('BEGIN');
const COMMIT = control('COMMIT');
const ROLLBACK = control('ROLLBACK');

export class Session {
  readonly #connection: Connection;
  #deferred: Call[] = [];
  #hasBegun = false;
  #isOpen = true;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Runs with what is sent next. */
  defer(...calls: readonly Call[]): void {
    this.assertOpen();
    this.#deferred.push(...calls);
  }

  /** The rows of one question, asked after everything deferred. */
  async query<Found>(question: Call): Promise<readonly Found[]> {
    const [found] = await this.queryAll(question);
    return (found?.rows ?? []) as unknown as readonly Found[];
  }

  /** Several questions in one round trip, each answered as the ones before it left things. */
  async queryAll(...questions: readonly Call[]): Promise<readonly Result[]> {
    this.assertOpen();
    const before = this.#takeDeferred();
    const results = await this.#connection.run([...before, ...questions]);
    return results.slice(before.length);
  }

  async commit(): Promise<void> {
    this.assertOpen();
    const isEmpty = !this.#hasBegun && this.#deferred.length === 0;
    const calls = this.#takeDeferred();
    this.#isOpen = false;
    if (isEmpty) return;
    try {
      const results = await this.#connection.run([...calls, COMMIT]);
      this.#hasBegun = false;
      // A transaction that failed unseen would be rolled back by COMMIT.
      assert.equal(results.at(-1)?.command, 'COMMIT');
    } catch (error) {
      // Of any other failure the transaction is still there, to be rolled back.
      throw mayBeCommitted(error) ? outcomeUnknown(error) : error;
    }
  }

  async rollback(): Promise<void> {
    this.#isOpen = false;
    if (!this.#hasBegun || this.#connection.isBroken) return;
    this.#hasBegun = false;
    await this.#connection.run([ROLLBACK]).catch(() => this.#connection.destroy());
  }

  assertOpen(): void {
    assert(this.#isOpen, 'a transaction is used only while its work runs');
  }

  #takeDeferred(): readonly Call[] {
    const calls = this.#hasBegun ? this.#deferred : [BEGIN, ...this.#deferred];
    this.#hasBegun = true;
    this.#deferred = [];
    return calls;
  }
}
