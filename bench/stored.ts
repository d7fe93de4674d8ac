/** The same pairs with ten thousand and with a million verifications stored: what growth costs. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { withApp } from './http.ts';
import { load } from './processes.ts';
import { printTable, round } from './statistics.ts';

const SIZES = [10_000, 1_000_000] as const;
const SECONDS = 4;

export async function benchStored(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'otpost-bench-'));
  const rates: number[] = [];
  const rows = [['stored', 'pairs/s', 'p99 ms', 'database MB']];
  try {
    // A first run makes real rows; the rest are copies of them with ids of their own.
    await withApp(
      (app, codePort) => load(app, { scenario: 'native', connections: 16, seconds: 1, codePort }),
      folder,
      {},
      true,
    );
    for (const size of SIZES) {
      const megabytes = multiply(join(folder, 'otpost.db'), size);
      const pairs = await withApp(
        (app, codePort) => load(app, { scenario: 'native', connections: 16, seconds: SECONDS, codePort }),
        folder,
        {},
        true,
      );
      rates.push(pairs.roundsPerSecond);
      rows.push([round(size, 0), round(pairs.roundsPerSecond), round(pairs.p99Ms), round(megabytes, 0)]);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  const [few = 1, many = 0] = rates;
  rows.push(['ratio (goal ≥ 0.9)', round(many / few, 2), '', '']);
  printTable('pairs with more and more stored, 16 connections', rows);
}

const HOUR_MS = 3_600_000;

/** Copies settled verifications with their messages, submissions and events until there are `size`. */
function multiply(path: string, size: number): number {
  const database = new DatabaseSync(path);
  database.exec('PRAGMA synchronous = OFF');
  const count = () => Number(database.prepare('SELECT count(*) AS n FROM verifications').get()?.n);
  // Ids are text, and those of a copy are those of the row with the copy's number in front: older, and unique.
  const columnsOf = (table: string) =>
    database
      .prepare(`SELECT name FROM pragma_table_info('${table}') WHERE name <> 'seq'`)
      .all()
      .map(({ name }) => String(name));
  for (let copy = 1; count() < size; copy += 1) {
    const stamp = (Date.now() - HOUR_MS - copy).toString(16).padStart(12, '0');
    const own = (column: string) =>
      `'${stamp.slice(0, 8)}-${stamp.slice(8)}' || substr(${column}, 14, 1) || '${copy.toString(16).padStart(3, '0')}' || substr(${column}, 18)`;
    const ids = new Set(['id', 'verification_id', 'message_id', 'carrier_message_id', 'recipient_id']);
    database.exec('BEGIN');
    for (const table of ['verifications', 'messages', 'submissions', 'events']) {
      const columns = columnsOf(table);
      const values = columns.map((column) => (ids.has(column) ? own(column) : column));
      const first = table === 'verifications' ? "state <> 'pending' AND" : '';
      database.exec(
        `INSERT INTO ${table} (${columns.join(', ')}) SELECT ${values.join(', ')} FROM ${table}
         WHERE ${first} seq <= (SELECT max(seq) FROM ${table}) LIMIT ${Math.max(1, size - count())}`,
      );
    }
    database.exec('COMMIT');
  }
  database.exec('PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE)');
  const pages = Number(database.prepare('PRAGMA page_count').get()?.page_count);
  database.close();
  return (pages * 4096) / 2 ** 20;
}
