/**
 * A PostgreSQL database as what a move writes to. It reads by one session, in a cursor over one snapshot, and writes by
 * another; a lock keeps a second move out. What is written lasts once the move is finished: not every batch waits for the disk.
 */
import assert from 'node:assert/strict';
import { DatabaseError } from 'pg';
import type { Clock } from '../../lib/time.ts';
import { type MovedRow, type MovedValue, toMovedRow } from '../move-rows.ts';
import type { MoveTarget } from '../move-store.ts';
import { COLUMN_TYPES, type ColumnType, type MovedColumn, type MovedTable } from '../move-tables.ts';
import { StoreError } from '../store-error.ts';
import { Connection } from './connection.ts';
import { migratePostgres } from './migrate-postgres.ts';
import { beginMove, findMove, finishMove } from './move-record.ts';
import type { Row } from './prepared-statements.ts';
import { type Call, call, statement } from './statement.ts';
import { describeFailure, nameOf } from './store-fault.ts';

/** `OTPM`. */
const MOVE_LOCK = 0x4f54504d;
const LOCK = call(statement('SELECT pg_try_advisory_lock($1) AS is_ours'), MOVE_LOCK);
/** The one that reads waits for the one that writes. */
const SETTLE = 'SET idle_in_transaction_session_timeout = 0; SET synchronous_commit = off';
const LIST_COLUMNS = call(
  statement(`SELECT c.relname AS table, a.attname AS name, t.typname AS type, a.attidentity <> '' AS is_identity,
      array_position(i.indkey::int2[], a.attnum) AS key_position
    FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    ORDER BY relname, key_position NULLS LAST, attnum`),
);
/** Filled by migrations. */
const SEEDED_TABLES: readonly string[] = ['webhook_generation'];

const BEGIN_READING = call(statement('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'));
const FETCH_ROWS = 1_000;
const END_READING = call(statement('COMMIT'));

// As the store's own statements write them beside the rows they stand for.
const FILL_LIVE = `DELETE FROM live_verifications;
  INSERT INTO live_verifications (verification_id, recipient_id, tenant_id, expires_at_ms, purpose)
  SELECT id, recipient_id, tenant_id, expires_at_ms, purpose FROM verifications WHERE state = 'pending' ORDER BY id`;
const FILL_UNFINISHED = `DELETE FROM unfinished_messages;
  INSERT INTO unfinished_messages (message_id, state, at_ms)
  SELECT id, state, CASE WHEN state = 'queued' THEN greatest(next_attempt_at_ms, coalesce(lease_until_ms, 0))
    ELSE updated_at_ms END
  FROM messages WHERE state IN ('queued', 'accepted') ORDER BY id`;

export interface PostgresMoveTarget extends MoveTarget, AsyncDisposable {}

export interface MoveTargetOptions {
  readonly url: string;
  readonly clock: Clock;
}

/** Brings the database to this release's schema; it must exist. @throws StoreError */
export async function openMoveTarget(options: MoveTargetOptions): Promise<PostgresMoveTarget> {
  const { url } = options;
  await migratePostgres(options);
  const opened: Connection[] = [];
  const open = async () => {
    const connection = await Connection.open({
      url,
      applicationName: 'otpost migrate-store',
      isUnhurried: true,
    });
    opened.push(connection);
    await connection.runScript(SETTLE);
    return connection;
  };
  const close = async () => {
    for (const connection of opened) await connection.close();
  };
  try {
    return await describeMove(url, async () => {
      const writer = await open();
      const [lock] = await writer.run([LOCK]);
      if (lock?.rows[0]?.is_ours !== true)
        throw new StoreError('locked', 'another move into it is under way');
      const reader = await open();
      const tables = await readTables(reader);
      return { ...createTarget(options, { writer, reader, tables }), [Symbol.asyncDispose]: close };
    });
  } catch (error) {
    await close();
    throw error;
  }
}

interface TargetParts {
  readonly writer: Connection;
  readonly reader: Connection;
  readonly tables: readonly MovedTable[];
}

function createTarget(
  { url, clock }: MoveTargetOptions,
  { writer, reader, tables }: TargetParts,
): MoveTarget {
  const ask = (calls: readonly Call[]) => describeMove(url, () => writer.run(calls));
  return {
    name: `postgres://${nameOf(url)}`,
    tables,
    async look(moved) {
      const names = moved.map(({ name }) => name).filter((name) => !SEEDED_TABLES.includes(name));
      const hasRows = names.map((name) => `EXISTS (SELECT FROM ${name})`).join(' OR ');
      const [found] = await ask([call(statement(`SELECT ${hasRows} AS has_rows`))]);
      const move = await describeMove(url, () => findMove(writer));
      return { hasRows: found?.rows[0]?.has_rows === true, ...(move && { move }) };
    },
    async begin(moveId) {
      await ask(beginMove(moveId, clock()));
    },
    read: (table) => readRows(url, reader, table),
    async write(table, rows) {
      await ask([call(writeOf(table), toRecords(table, rows))]);
    },
    async remove(table, rows) {
      await ask([call(removeOf(table), toRecords(table, rows))]);
    },
    async complete(moved) {
      const steps = ['BEGIN', FILL_LIVE, FILL_UNFINISHED, ...moved.flatMap(toRestarts), 'COMMIT'];
      await describeMove(url, () => writer.runScript(steps.join(';')));
    },
    async finish() {
      await describeMove(url, () => writer.runScript('SET synchronous_commit = on'));
      await ask(finishMove(clock()));
    },
  };
}

/** Whatever the server says ends the move, which goes on when it is run again. */
async function describeMove<T>(url: string, action: () => Promise<T>): Promise<T> {
  try {
    return await describeFailure(url, action);
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    throw new StoreError('unwritable', `${nameOf(url)}: ${error.message}`, { cause: error });
  }
}

async function readTables(connection: Connection): Promise<readonly MovedTable[]> {
  const [found] = await connection.run([LIST_COLUMNS]);
  const byTable = Map.groupBy(found?.rows ?? [], (row) => String(row.table));
  return [...byTable].map(([name, rows]) => ({
    name,
    columns: rows.map((row) => toColumn(name, row)),
    keyWidth: rows.filter((row) => row.key_position !== null).length,
  }));
}

/** As the catalog calls the types of COLUMN_TYPES. */
const CATALOG_NAMES: Readonly<Record<string, ColumnType>> = {
  int4: 'integer',
  int8: 'bigint',
  bool: 'boolean',
};

function toColumn(table: string, row: Row): MovedColumn {
  const [name, typeName] = [String(row.name), String(row.type)];
  const type = COLUMN_TYPES.find((each) => each === (CATALOG_NAMES[typeName] ?? typeName));
  assert(type, `a type that a move does not know: ${typeName} of ${table}.${name}`);
  return { name, type, isIdentity: row.is_identity === true };
}

async function* readRows(
  url: string,
  connection: Connection,
  table: MovedTable,
): AsyncGenerator<readonly MovedRow[]> {
  // Named after its table: a prepared FETCH keeps the columns of the first cursor of its name.
  const cursor = `moved_${table.name}`;
  const declare = call(statement(`DECLARE ${cursor} NO SCROLL CURSOR FOR ${selectOf(table)}`));
  const fetchMore = call(statement(`FETCH ${FETCH_ROWS} FROM ${cursor}`));
  const fetch = () => describeMove(url, () => connection.run([fetchMore]));
  await describeMove(url, () => connection.run([BEGIN_READING, declare]));
  // The next batch is on its way while this one is looked at.
  let next = fetch();
  for (;;) {
    const rows = (await next)[0]?.rows ?? [];
    if (rows.length === 0) break;
    next = fetch();
    next.catch(() => {});
    yield rows.map((row) => toMovedRow(Object.values(row) as readonly MovedValue[]));
  }
  await describeMove(url, () => connection.run([END_READING]));
}

function selectOf({ name, columns, keyWidth }: MovedTable): string {
  const order = columns.slice(0, keyWidth);
  return `SELECT ${columns.map(toExpression).join(', ')} FROM ${name} ORDER BY ${order.map(toSortKey).join(', ')}`;
}

function toExpression({ name, type }: MovedColumn): string {
  if (type === 'bytea') return `encode(${name}, 'hex') AS ${name}`;
  return type === 'boolean' ? `${name}::integer AS ${name}` : name;
}

/** By bytes, whatever the database's collation is. */
function toSortKey({ name, type }: MovedColumn): string {
  return type === 'text' ? `${name} COLLATE "C"` : name;
}

function writeOf({ name, columns, keyWidth }: MovedTable) {
  const names = columns.map((column) => column.name);
  const values = columns.map((column) => {
    if (column.type === 'bytea') return `decode(r.${column.name}, 'hex')`;
    return column.type === 'boolean' ? `r.${column.name} <> 0` : `r.${column.name}`;
  });
  // A number that the database gave out is never changed by it.
  const changed = columns.slice(keyWidth).filter(({ isIdentity }) => !isIdentity);
  const set = changed.map((column) => `${column.name} = excluded.${column.name}`).join(', ');
  return statement(`INSERT INTO ${name} (${names.join(', ')}) OVERRIDING SYSTEM VALUE
  SELECT ${values.join(', ')} FROM ${recordsOf(columns)}
  ON CONFLICT (${names.slice(0, keyWidth).join(', ')}) DO ${set === '' ? 'NOTHING' : `UPDATE SET ${set}`}`);
}

function removeOf({ name, columns, keyWidth }: MovedTable) {
  const key = columns.slice(0, keyWidth);
  const isSame = key.map((column) => `${name}.${column.name} = r.${column.name}`).join(' AND ');
  return statement(`DELETE FROM ${name} USING ${recordsOf(key)} WHERE ${isSame}`);
}

function recordsOf(columns: readonly MovedColumn[]): string {
  const fields = columns.map(({ name, type }) => `${name} ${JSON_TYPES[type] ?? type}`);
  return `json_to_recordset($1::json) AS r (${fields.join(', ')})`;
}

/** What a value is in JSON where that is not its own type. */
const JSON_TYPES: Readonly<Partial<Record<ColumnType, string>>> = { bytea: 'text', boolean: 'integer' };

function toRecords({ columns }: MovedTable, rows: readonly MovedRow[]): string {
  const names = columns.map(({ name }) => name);
  return JSON.stringify(
    rows.map(({ values }) => Object.fromEntries(names.map((name, index) => [name, values[index]]))),
  );
}

/** The numbers that the database gives out go on after those that came. */
function toRestarts({ name, columns }: MovedTable): readonly string[] {
  return columns
    .filter(({ isIdentity }) => isIdentity)
    .map(
      ({
        name: column,
      }) => `SELECT setval(pg_get_serial_sequence('${name}', '${column}'), coalesce(max(${column}), 1),
  max(${column}) IS NOT NULL) FROM ${name}`,
    );
}
