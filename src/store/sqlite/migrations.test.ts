/**
 * Expand, then contract: the release before a migration reads and writes beside it, as it does while nodes are replaced one
 * after the other. So each migration leaves every table, column and row of the schema before it, and what it adds need not be
 * named by who knows nothing of it. A contraction, which may come two releases later, is written down here with its reason.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { loadMigrations } from '../migrate.ts';

const MIGRATIONS = loadMigrations(join(import.meta.dirname, 'migrations'));

/** `table` or `table.column` that a migration took away, by its version: what no release before last named any more. */
const CONTRACTED: Readonly<Record<number, readonly string[]>> = {};

interface Column {
  readonly name: string;
  readonly type: string;
}
type Schema = ReadonlyMap<string, readonly Column[]>;

function openAt(version: number): DatabaseSync {
  const database = new DatabaseSync(':memory:', { enableForeignKeyConstraints: false });
  for (const { sql } of MIGRATIONS.slice(0, version)) database.exec(sql);
  return database;
}

function schemaOf(database: DatabaseSync): Schema {
  const tables = database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`).all();
  return new Map(
    tables.map(({ name }) => {
      const columns = database.prepare('SELECT name, type FROM pragma_table_info(?)').all(String(name));
      return [String(name), columns.map((row) => ({ name: String(row.name), type: String(row.type) }))];
    }),
  );
}

/** As the release that knows this schema does: every column of its own is named, and no other. */
function insertRow(database: DatabaseSync, table: string, columns: readonly Column[], number: number): void {
  const names = columns.map(({ name }) => name).join(', ');
  const values = columns.map(({ type }) => {
    if (type === 'INTEGER') return number;
    return type === 'BLOB' ? Buffer.from([number]) : `value ${number}`;
  });
  const places = columns.map(() => '?').join(', ');
  database.prepare(`INSERT INTO ${table} (${names}) VALUES (${places})`).run(...values);
}

function rowsOf(database: DatabaseSync, table: string, columns: readonly Column[]): readonly unknown[] {
  const names = columns.map(({ name }) => name).join(', ');
  return database.prepare(`SELECT ${names} FROM ${table}`).all();
}

describe('a migration leaves the release before it at work', () => {
  for (const { version, name, sql } of MIGRATIONS.slice(1)) {
    it(`${version} ${name}`, () => {
      const database = openAt(version - 1);
      const contracted = CONTRACTED[version] ?? [];
      const kept = [...schemaOf(database)]
        .filter(([table]) => !contracted.includes(table))
        .map(
          ([table, columns]) =>
            [table, columns.filter(({ name }) => !contracted.includes(`${table}.${name}`))] as const,
        );
      // A table of one fixed row has it already.
      const empty = kept.filter(([table, columns]) => rowsOf(database, table, columns).length === 0);
      assert.ok(empty.length > 5);
      for (const [table, columns] of empty) insertRow(database, table, columns, 1);
      const before = new Map(kept.map(([table, columns]) => [table, rowsOf(database, table, columns)]));

      database.exec(sql);

      for (const [table, columns] of kept) {
        assert.deepEqual(rowsOf(database, table, columns), before.get(table), table);
      }
      for (const [table, columns] of empty) {
        insertRow(database, table, columns, 2);
        assert.equal(rowsOf(database, table, columns).length, 2, table);
      }
      database.close();
    });
  }
});
