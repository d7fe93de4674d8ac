/**
 * Expand, then contract: the release before a migration reads and writes beside it, as it does while nodes are replaced one
 * after the other. So each migration leaves what there is, adds nothing that an older release would have to name, and holds
 * no lock for longer than it takes to change the catalogue. A contraction, which may come two releases later, is written
 * down here with its reason. What older releases really ask is replayed in test/upgrade/.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Client } from 'pg';
import { createTestDatabase } from '../../../test/support/postgres/test-server.ts';
import type { Migration } from '../migrate.ts';
import { isConcurrent, statementsOf } from './apply-migrations.ts';
import { loadPostgresMigrations } from './migrate-postgres.ts';

const MIGRATIONS = loadPostgresMigrations();

/** `table` or `table.column` that a migration took away, by its version: what no release before last named any more. */
const CONTRACTED: Readonly<Record<number, readonly string[]>> = {};
/** Statements of no form below, by version, each with the reason why it holds nobody up. */
const EXCUSED: Readonly<Record<number, readonly RegExp[]>> = {};

/** On tables that nodes are using: changes of the catalogue, and nothing that reads or writes rows meanwhile. */
const QUICK = [
  // A constant default is kept in the catalogue, not written to the rows.
  /^ALTER TABLE \w+ ADD COLUMN (IF NOT EXISTS )?\w+ \w+( (NOT NULL )?DEFAULT ('[^']*'|-?\d+|true|false))?$/,
  /^ALTER TABLE \w+ (RE)?SET \([^)]*\)$/,
  /^ALTER TABLE \w+ ALTER COLUMN \w+ (DROP NOT NULL|SET DEFAULT .+|SET STORAGE \w+)$/,
  /^DROP INDEX (IF EXISTS )?\w+$/,
];
const NEW_TABLE = /^CREATE TABLE (\w+)/;
const TARGET = /^(?:CREATE (?:UNIQUE )?INDEX \w+\s+ON|INSERT INTO|ALTER TABLE) (\w+)/;
const DROP_CONCURRENTLY = /^DROP INDEX CONCURRENTLY IF EXISTS (\w+)$/;
const CREATE_CONCURRENTLY = /^CREATE (?:UNIQUE )?INDEX CONCURRENTLY (\w+)\s+ON /;

/** @returns the statements that hold nodes up, or that an older release cannot live with */
function findRude({ version, sql }: Pick<Migration, 'version' | 'sql'>): readonly string[] {
  const statements = statementsOf(sql).map((text) => text.replaceAll(/\s+/g, ' '));
  if (isConcurrent({ sql })) return statements.filter((text, index) => !isPair(statements, text, index));
  const made = new Set(statements.map((text) => NEW_TABLE.exec(text)?.[1]));
  const excuses = EXCUSED[version] ?? [];
  return statements.filter((text) => {
    if (NEW_TABLE.test(text) || made.has(TARGET.exec(text)?.[1] ?? '')) return false;
    return ![...QUICK, ...excuses].some((form) => form.test(text));
  });
}

/** What an interrupted build leaves is there and of no use, so each one is dropped before it is built. */
function isPair(statements: readonly string[], text: string, index: number): boolean {
  if (index % 2 === 0) {
    const [, dropped] = DROP_CONCURRENTLY.exec(text) ?? [];
    return dropped !== undefined && CREATE_CONCURRENTLY.exec(statements[index + 1] ?? '')?.[1] === dropped;
  }
  return CREATE_CONCURRENTLY.test(text);
}

describe('the statements of a migration', () => {
  for (const migration of MIGRATIONS.slice(1)) {
    it(`${migration.version} ${migration.name} hold no node up`, () => {
      assert.deepEqual(findRude(migration), []);
    });
  }

  it('that do are told from those that do not', () => {
    const rude = [
      'ALTER TABLE messages DROP COLUMN failure;',
      'ALTER TABLE messages RENAME COLUMN failure TO reason;',
      'ALTER TABLE messages ALTER COLUMN segments TYPE bigint;',
      'ALTER TABLE messages ALTER COLUMN failure SET NOT NULL;',
      'ALTER TABLE messages ADD COLUMN later text NOT NULL;',
      'ALTER TABLE messages ADD COLUMN later uuid DEFAULT gen_random_uuid();',
      'ALTER TABLE messages ADD CONSTRAINT later CHECK (segments > 0);',
      'DROP TABLE fallbacks;',
      "UPDATE messages SET failure = '';",
      'CREATE INDEX later ON messages (failure);',
      'CREATE INDEX CONCURRENTLY later ON messages (failure);',
      'DROP INDEX CONCURRENTLY IF EXISTS other;\nCREATE INDEX CONCURRENTLY later ON messages (failure);',
    ];
    for (const sql of rude) assert.notDeepEqual(findRude({ version: 99, sql }), [], sql);
    const kind = [
      'ALTER TABLE messages ADD COLUMN later text;',
      "ALTER TABLE messages ADD COLUMN later text NOT NULL DEFAULT '';",
      'ALTER TABLE messages SET (fillfactor = 70);',
      'CREATE TABLE later (id uuid);\nCREATE INDEX by_id ON later (id);\nINSERT INTO later (id) VALUES (NULL);',
      'DROP INDEX messages_by_tenant;',
      'DROP INDEX CONCURRENTLY IF EXISTS later;\nCREATE INDEX CONCURRENTLY later\n  ON messages (failure);',
    ];
    for (const sql of kind) assert.deepEqual(findRude({ version: 99, sql }), [], sql);
  });
});

interface Column {
  readonly name: string;
  readonly type: string;
}

/** Tables and their columns, but for those that count by themselves. What others refer to comes first. */
async function readSchema(client: Client): Promise<ReadonlyMap<string, readonly Column[]>> {
  const { rows } = await client.query<Column & { readonly table: string }>(
    `SELECT table_name AS "table", column_name AS name, data_type AS type FROM information_schema.columns
     WHERE table_schema = 'public' AND is_identity = 'NO'
     ORDER BY table_name <> 'tenants', table_name, ordinal_position`,
  );
  return Map.groupBy(rows, ({ table }) => table);
}

function exampleOf(type: string, number: number): unknown {
  if (type === 'uuid') return `00000000-0000-4000-8000-00000000000${number}`;
  if (type === 'bytea') return Buffer.from([number]);
  if (type === 'boolean') return true;
  return type === 'text' ? `value ${number}` : number;
}

/** As the release that knows this schema does: every column of its own is named, and no other. */
async function insertRow(client: Client, table: string, columns: readonly Column[], number: number) {
  const names = columns.map(({ name }) => name).join(', ');
  const places = columns.map((_, index) => `$${index + 1}`).join(', ');
  const values = columns.map(({ type }) => exampleOf(type, number));
  await client.query(`INSERT INTO ${table} (${names}) VALUES (${places})`, values);
}

async function rowsOf(client: Client, table: string, columns: readonly Column[]) {
  return (await client.query(`SELECT ${columns.map(({ name }) => name).join(', ')} FROM ${table}`)).rows;
}

describe('a migration leaves the release before it at work', () => {
  for (const { version, name, sql } of MIGRATIONS.slice(1)) {
    it(`${version} ${name}`, async () => {
      const database = await createTestDatabase({ isEmpty: true });
      const client = new Client({ connectionString: database.url });
      await client.connect();
      try {
        for (const earlier of MIGRATIONS.slice(0, version - 1)) await client.query(earlier.sql);
        await assertLeft(client, sql, CONTRACTED[version] ?? []);
      } finally {
        await client.end();
        await database[Symbol.asyncDispose]();
      }
    });
  }
});

async function assertLeft(client: Client, sql: string, contracted: readonly string[]): Promise<void> {
  const kept = [...(await readSchema(client))]
    .filter(([table]) => !contracted.includes(table))
    .map(
      ([table, columns]) =>
        [table, columns.filter(({ name }) => !contracted.includes(`${table}.${name}`))] as const,
    );
  const filled: string[] = [];
  const before = new Map<string, readonly unknown[]>();
  for (const [table, columns] of kept) {
    // A table of one fixed row has it already.
    if ((await rowsOf(client, table, columns)).length === 0) {
      await insertRow(client, table, columns, 1);
      filled.push(table);
    }
    before.set(table, await rowsOf(client, table, columns));
  }
  assert.ok(filled.length > 5);

  for (const statement of statementsOf(sql)) await client.query(statement);

  for (const [table, columns] of kept) {
    assert.deepEqual(await rowsOf(client, table, columns), before.get(table), table);
    if (!filled.includes(table)) continue;
    await insertRow(client, table, columns, 2);
    assert.equal((await rowsOf(client, table, columns)).length, 2, table);
  }
}
