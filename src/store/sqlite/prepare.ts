/**
 * Statements, compiled once for the life of a connection. Parameters are positional: `?1`, `?2` … What SQLite
 * returns is typed here by assertion only: that a row is what it says rests on STRICT tables and the contract suite.
 */
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';

export interface Query<Row> {
  first(...parameters: SQLInputValue[]): Row | undefined;
  all(...parameters: SQLInputValue[]): readonly Row[];
}

export function prepareQuery<Row>(database: DatabaseSync, sql: string): Query<Row> {
  const statement = database.prepare(sql);
  return {
    first: (...parameters) => statement.get(...parameters) as Row | undefined,
    all: (...parameters) => statement.all(...parameters) as readonly unknown[] as readonly Row[],
  };
}

/** Answers with the number of rows that it wrote. */
export type Command = (...parameters: SQLInputValue[]) => number;

export function prepareCommand(database: DatabaseSync, sql: string): Command {
  const statement = database.prepare(sql);
  return (...parameters) => Number(statement.run(...parameters).changes);
}
