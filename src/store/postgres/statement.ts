/** Statements as text with their parameters in the order of `$1`, `$2` … It sends nothing. */
import { createHash } from 'node:crypto';

export type Scalar = string | number | boolean | null;
export type Value = Scalar | Uint8Array | readonly Scalar[];

export interface Statement {
  /** Under which the server keeps it prepared: the same for the same text, whichever release asks. */
  readonly name: string;
  readonly text: string;
}

export interface Call {
  readonly statement: Statement;
  readonly values: readonly Value[];
}

const NAME_CHARACTERS = 20;

export function statement(text: string): Statement {
  return { name: createHash('sha256').update(text).digest('hex').slice(0, NAME_CHARACTERS), text };
}

/** `BEGIN` and the like, which go by their own words. */
export function control(text: string): Call {
  return { statement: { name: text, text }, values: [] };
}

export function call(statement: Statement, ...values: readonly Value[]): Call {
  return { statement, values };
}

/** Turns rows into the columns that `unnest` makes rows of again: one statement, however many rows. */
export function columnsOf(
  rows: readonly (readonly Scalar[])[],
  width: number,
): readonly (readonly Scalar[])[] {
  return Array.from({ length: width }, (_, column) => rows.map((row) => row[column] ?? null));
}
