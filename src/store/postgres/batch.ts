/**
 * Several statements that go to the server in one piece and end with one `Sync`: it answers all of them in one piece too,
 * where a `Sync` after each would cost both sides a system call a statement. After the first failure the rest is skipped.
 * @see https://www.postgresql.org/docs/18/protocol-flow.html#PROTOCOL-FLOW-PIPELINING
 */
import assert from 'node:assert/strict';
import type { Connection } from 'pg';
import {
  type Column,
  type PreparedStatements,
  type Row,
  type Shape,
  toShape,
} from './prepared-statements.ts';
import type { Call } from './statement.ts';
import { toWire, type Wire } from './wire-values.ts';

/** That `pg` need not hurry: its types want it, it no longer looks at it. */
const MORE = true;
/** Of the unnamed portal, all rows. */
const WHOLE = { portal: '' };

export interface Result {
  /** `SELECT`, `INSERT`, `COMMIT` … */
  readonly command: string;
  /** Zero of a command that has no rows. */
  readonly rowCount: number;
  readonly rows: readonly Row[];
}

export interface Settle {
  readonly resolve: (results: readonly Result[]) => void;
  /** @param isAnswered all statements had their results, and only the end of the batch was still to be confirmed */
  readonly reject: (error: unknown, isAnswered: boolean) => void;
}

/** The calls, and after them the handlers, are those that `pg` has for anything that is submitted to it. */
export class Batch {
  readonly #calls: readonly Call[];
  readonly #values: readonly Wire[][];
  readonly #prepared: PreparedStatements;
  readonly #settle: Settle;
  readonly #results: Result[] = [];
  /** Of the statements that this batch has the server prepare. */
  readonly #shapes = new Map<string, Shape | undefined>();
  #rows: Row[] = [];

  constructor(calls: readonly Call[], prepared: PreparedStatements, settle: Settle) {
    this.#calls = calls;
    // Whatever cannot be spelled is found before anything is sent.
    this.#values = calls.map(({ values }) => values.map(toWire));
    this.#prepared = prepared;
    this.#settle = settle;
  }

  submit(wiring: Connection): void {
    wiring.stream.cork();
    for (const [index, { statement }] of this.#calls.entries()) {
      const { name, text } = statement;
      const isKnown = this.#prepared.has(name) || this.#shapes.has(name);
      if (!isKnown) {
        // It is no error to close what was never prepared.
        if (this.#prepared.isDoubtful(name)) wiring.close({ type: 'S', name }, MORE);
        wiring.parse({ name, text, types: [] }, MORE);
        this.#shapes.set(name, undefined);
      }
      wiring.bind({ statement: name, values: this.#values[index] ?? [] }, MORE);
      // What its rows look like is asked once.
      if (!isKnown) wiring.describe({ type: 'P', name: '' }, MORE);
      wiring.execute(WHOLE, MORE);
    }
    wiring.sync();
    wiring.stream.uncork();
  }

  handleRowDescription({ fields }: { readonly fields: readonly Column[] }): void {
    this.#shapes.set(this.#currentName, toShape(fields));
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    const name = this.#currentName;
    const shape = this.#shapes.get(name) ?? this.#prepared.shapeOf(name);
    assert(shape);
    this.#rows.push(shape(fields));
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    const [command = '', ...counts] = text.split(' ');
    this.#results.push({ command, rowCount: Number(counts.at(-1) ?? 0), rows: this.#rows });
    this.#rows = [];
  }

  /** After `Sync`: what needed no transaction of ours is committed too. */
  handleReadyForQuery(): void {
    this.#prepared.keep(this.#shapes);
    this.#settle.resolve(this.#results);
  }

  handleError(error: unknown): void {
    this.#prepared.doubt(this.#shapes.keys());
    this.#settle.reject(error, this.#results.length === this.#calls.length);
  }

  get #currentName(): string {
    return this.#calls[this.#results.length]?.statement.name ?? '';
  }
}
