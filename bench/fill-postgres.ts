/**
 * Fills a database with verifications as the product leaves them: what the store has written once, many times over with
 * ids of its own. It is not durable while it fills, so the server is started for it alone where that is possible.
 */
import { Client } from 'pg';
import { systemClock } from '../src/lib/time.ts';
import { createStoreFixtures } from '../test/support/store-fixtures.ts';
import { onStore, query } from './postgres-server.ts';
import { accept, check, receive, start } from './store-load.ts';

/** For the server while it fills: nothing that is lost in a crash matters. */
export const FILLING_SETTINGS = [
  ...['fsync=off', 'full_page_writes=off', 'synchronous_commit=off', 'autovacuum=off'],
  ...['wal_level=minimal', 'max_wal_senders=0', 'max_wal_size=16GB'],
  'maintenance_work_mem=1GB',
];

/** So many are written by the store; the others are copies of them. */
const ORIGINALS = 500;
const HOUR_MS = 3_600_000;
/** What a verification leaves for as long as retention keeps it: 1, 1, 1 and 5 rows. */
const TABLES = ['verifications', 'messages', 'submissions', 'events'] as const;
const IDS = new Set(['id', 'verification_id', 'message_id', 'carrier_message_id']);
/** Ids of a copy are made of those of its original; a recipient's comes in no order, as a hash of an address does. */
const ofCopy = (column: string) => {
  if (column === 'recipient_id') return `md5(o.recipient_id::text || copy)::uuid`;
  if (!IDS.has(column)) return `o.${column}`;
  const text = `lpad(to_hex($1::bigint + copy), 12, '0') || substr(replace(o.${column}::text, '-', ''), 13)`;
  return column === 'carrier_message_id' ? `(${text})::uuid::text` : `(${text})::uuid`;
};

interface Index {
  readonly name: string;
  readonly constraint: string | null;
  readonly definition: string;
  readonly on: string;
}

/** @param count of verifications; a multiple of 500 */
export async function fillPostgres(url: string, count: number): Promise<void> {
  const firstMs = systemClock() - HOUR_MS;
  await writeOriginals(url, firstMs);
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const copies = count / ORIGINALS - 1;
    const { rows: indexes } = await client.query<Index>(
      `SELECT i.indexrelid::regclass::text AS name, c.conname AS constraint, i.indrelid::regclass::text AS on,
         coalesce(pg_get_constraintdef(c.oid), pg_get_indexdef(i.indexrelid)) AS definition
       FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid
       WHERE i.indrelid = ANY ($1::text[]::regclass[])`,
      [TABLES],
    );
    for (const { name, constraint, on } of indexes)
      await client.query(
        constraint === null ? `DROP INDEX ${name}` : `ALTER TABLE ${on} DROP CONSTRAINT ${constraint}`,
      );
    for (const table of TABLES) await copy(client, table, copies, firstMs - copies - 1);
    for (const { constraint, definition, on } of indexes)
      await client.query(
        constraint === null ? definition : `ALTER TABLE ${on} ADD CONSTRAINT ${constraint} ${definition}`,
      );
    await client.query('VACUUM (ANALYZE, FREEZE)');
    await client.query('CHECKPOINT');
  } finally {
    await client.end();
  }
}

async function writeOriginals(url: string, nowMs: number): Promise<void> {
  await onStore(url, async (store) => {
    const make = createStoreFixtures('originals', nowMs);
    const live = async () => {
      const started = await start(store, make);
      await receive(store, make, started, await accept(store, make, started));
      await check(store, make, started);
    };
    for (let done = 0; done < ORIGINALS; done += 1) await live();
  });
  // These end with their window, long before what is stored does.
  await query(url, 'TRUNCATE counters');
}

/** Copies are older than the originals, a millisecond each from `sinceMs` on, and written in the order of their ids. */
async function copy(client: Client, table: string, copies: number, sinceMs: number): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped`,
    [table],
  );
  const columns = rows.map(({ name }) => name);
  const key = table === 'submissions' ? 'message_id' : 'id';
  await client.query(`CREATE TEMP TABLE originals AS SELECT * FROM ${table} ORDER BY ${key}`);
  // What is written into a file that the same transaction began is not logged where the server logs as little as it may.
  await client.query('BEGIN');
  await client.query(`TRUNCATE ${table}`);
  await client.query(
    `INSERT INTO ${table} (${columns.join(', ')}) SELECT ${columns.map(ofCopy).join(', ')}
     FROM generate_series(1, $2::bigint) AS copy CROSS JOIN LATERAL (SELECT * FROM originals OFFSET 0) AS o`,
    [sinceMs, copies],
  );
  await client.query(`INSERT INTO ${table} SELECT * FROM originals`);
  await client.query('COMMIT');
  await client.query('DROP TABLE originals');
}
