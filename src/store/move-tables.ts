/**
 * Which tables a move carries over, and which columns: all that both schemas have. What only one of them has is named
 * here with its reason; anything else that is not on both sides stops the move, so that nothing is left behind unseen.
 */
import assert from 'node:assert/strict';

/** PostgreSQL's types, as far as the schema uses them. */
export const COLUMN_TYPES = ['uuid', 'text', 'integer', 'bigint', 'boolean', 'bytea'] as const;
export type ColumnType = (typeof COLUMN_TYPES)[number];

export interface MovedColumn {
  readonly name: string;
  readonly type: ColumnType;
  /** The database numbers its rows by itself from here on. */
  readonly isIdentity: boolean;
}

export interface MovedTable {
  readonly name: string;
  /** Those of the primary key first. */
  readonly columns: readonly MovedColumn[];
  /** How many of them are the key. */
  readonly keyWidth: number;
}

export interface SourceTable {
  readonly name: string;
  readonly columns: readonly string[];
}

/** Each schema's own account of itself. */
const SOURCE_ONLY_TABLES: readonly string[] = ['migrations', 'store_move'];
const TARGET_ONLY_TABLES: readonly string[] = [
  'otpost_migrations',
  'store_move',
  // Made of other tables when those are there.
  'live_verifications',
  'unfinished_messages',
  // Nodes divide the accounts of carriers among themselves when they start.
  'carrier_slots',
];
/** The order of arrival, which is that of the ids where PostgreSQL has no such column. */
const SOURCE_ONLY_COLUMNS: readonly string[] = ['seq'];

/** In the source's order, in which tables that others refer to come first. Throws for whatever is on one side only. */
export function pairTables(
  sources: readonly SourceTable[],
  targets: readonly MovedTable[],
): readonly MovedTable[] {
  const moved = sources.filter(({ name }) => !SOURCE_ONLY_TABLES.includes(name));
  const wanted = targets.filter(({ name }) => !TARGET_ONLY_TABLES.includes(name));
  const extra = wanted.filter(({ name }) => !moved.some((source) => source.name === name));
  assert.deepEqual(
    extra.map(({ name }) => name),
    [],
    'a table of PostgreSQL that SQLite does not have',
  );
  return moved.map((source) => {
    const target = wanted.find(({ name }) => name === source.name);
    assert(target, `a table of SQLite that PostgreSQL does not have: ${source.name}`);
    assert(target.keyWidth > 0, `a table without a primary key: ${source.name}`);
    assertSameColumns(source, target);
    return target;
  });
}

function assertSameColumns(source: SourceTable, target: MovedTable): void {
  const names = target.columns.map(({ name }) => name);
  const left = source.columns.filter((name) => !(names.includes(name) || SOURCE_ONLY_COLUMNS.includes(name)));
  assert.deepEqual(left, [], `columns of ${source.name} that PostgreSQL does not have`);
  const unfilled = names.filter((name) => !source.columns.includes(name));
  assert.deepEqual(unfilled, [], `columns of ${source.name} that SQLite does not have`);
}
