/** The same pairs with ten thousand and with a million verifications stored: what growth costs. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { keepApp } from './http.ts';
import type { LoadResult } from './load.ts';
import { load } from './processes.ts';
import { printTable, round } from './statistics.ts';

const SIZES = [10_000, 1_000_000] as const;
const SECONDS = 4;

export async function benchStored(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'otpost-bench-'));
  const rates: number[] = [];
  const rows = [['stored', 'pairs/s', 'p99 ms', 'database MB']];
  try {
    // A first run makes real rows; what is stored beside them are copies with ids of their own.
    await measure(folder, 1);
    const multiply = createMultiplier(join(folder, 'otpost.db'));
    for (const size of SIZES) {
      const megabytes = multiply(size);
      const pairs = await measure(folder, SECONDS);
      rates.push(pairs.roundsPerSecond);
      rows.push([round(size, 0), round(pairs.roundsPerSecond), round(pairs.p99Ms), round(megabytes, 0)]);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  const [few = 1, many = 0] = rates;
  rows.push(['ratio (goal ≥ 0.9)', round(many / few, 2)]);
  printTable('pairs with more and more stored, 16 connections', rows);
}

function measure(folder: string, seconds: number): Promise<LoadResult> {
  return keepApp(folder, (app, codePort) =>
    load(app, { scenario: 'native', connections: 16, seconds, codePort }),
  );
}

const HOUR_MS = 3_600_000;
const TABLES = ['verifications', 'messages', 'submissions', 'events'] as const;
/** Columns that hold an id, which a copy has to have of its own. */
const IDS = new Set(['id', 'verification_id', 'message_id', 'carrier_message_id', 'recipient_id']);

/** @returns a function that copies the rows there are now until there are `size`, and says how large the file is */
function createMultiplier(path: string): (size: number) => number {
  const database = new DatabaseSync(path);
  const lastOf = (table: string) =>
    Number(database.prepare(`SELECT max(seq) AS last FROM ${table}`).get()?.last);
  const originals = TABLES.map((table) => ({
    table,
    last: lastOf(table),
    columns: columnsOf(database, table),
  }));
  database.close();
  let copy = 0;

  return (size) => {
    const filling = new DatabaseSync(path);
    filling.exec('PRAGMA synchronous = OFF; PRAGMA cache_size = -500000');
    const stored = () =>
      Number(filling.prepare('SELECT count(*) AS stored FROM verifications').get()?.stored);
    const perCopy = originals[0]?.last ?? 1;
    for (const until = copy + Math.ceil((size - stored()) / perCopy); copy < until; copy += 1) {
      // The time in front of a UUIDv7 is moved, so that copies are unique and older than what comes now.
      const time = (Date.now() - HOUR_MS - copy).toString(16).padStart(12, '0');
      const front = `'${time.slice(0, 8)}-${time.slice(8)}-7000'`;
      filling.exec('BEGIN');
      for (const { table, last, columns } of originals) {
        const values = columns.map((column) =>
          IDS.has(column) ? `${front} || substr(${column}, 19)` : column,
        );
        filling.exec(
          `INSERT INTO ${table} (${columns.join(', ')}) SELECT ${values.join(', ')} FROM ${table} WHERE seq <= ${last}`,
        );
      }
      filling.exec('COMMIT');
    }
    filling.exec('PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE)');
    const pages = Number(filling.prepare('PRAGMA page_count').get()?.page_count);
    filling.close();
    return (pages * 4096) / 2 ** 20;
  };
}

function columnsOf(database: DatabaseSync, table: string): readonly string[] {
  const rows = database.prepare(`SELECT name FROM pragma_table_info('${table}') WHERE name <> 'seq'`).all();
  return rows.map(({ name }) => String(name));
}
