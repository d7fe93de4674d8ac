/** The same pairs with ten thousand and with a million verifications stored: what growth costs. */
import { closeSync, fsyncSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { keepApp } from './http.ts';
import type { LoadResult } from './load.ts';
import { load } from './processes.ts';
import { printTable, ratios, round, spread } from './statistics.ts';

const SIZES = [10_000, 1_000_000] as const;
const SECONDS = 3;
const TURNS = 5;

/** A database of each size, measured in turns: a machine that is slower for a while is so for both. */
export async function benchStored(): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'otpost-bench-'));
  try {
    const databases: { size: number; folder: string; megabytes: number; pairs: LoadResult[] }[] = [];
    for (const size of SIZES) {
      const folder = join(root, String(size));
      mkdirSync(folder);
      // A first run makes real rows; what is stored beside them are copies with ids of their own.
      await measure(folder, 1);
      databases.push({ size, folder, megabytes: fill(join(folder, 'otpost.db'), size), pairs: [] });
    }
    for (let turn = 0; turn < TURNS; turn += 1) {
      for (const { folder, pairs } of databases) pairs.push(await measure(folder, SECONDS));
    }
    const [few = [], many = []] = databases.map(({ pairs }) => pairs.map((each) => each.roundsPerSecond));
    printTable(`pairs with more and more stored, 16 connections: median (least–most) of ${TURNS} turns`, [
      ['stored', 'pairs/s', 'p99 ms', 'database MB'],
      ...databases.map(({ size, pairs, megabytes }) => [
        round(size, 0),
        spread(pairs.map(({ roundsPerSecond }) => roundsPerSecond)),
        spread(pairs.map(({ p99Ms }) => p99Ms)),
        round(megabytes, 0),
      ]),
      ['ratio (goal ≥ 0.9)', spread(ratios(many, few), 2)],
    ]);
  } finally {
    rmSync(root, { recursive: true });
  }
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

/** Copies the rows there are until there are `size`, and says how many megabytes the file has then. */
function fill(path: string, size: number): number {
  const database = new DatabaseSync(path);
  database.exec('PRAGMA synchronous = OFF; PRAGMA cache_size = -500000');
  const lastOf = (table: string) =>
    Number(database.prepare(`SELECT max(seq) AS last FROM ${table}`).get()?.last);
  const originals = TABLES.map((table) => ({
    table,
    last: lastOf(table),
    columns: columnsOf(database, table),
  }));
  const stored = Number(database.prepare('SELECT count(*) AS stored FROM verifications').get()?.stored);
  const copies = Math.ceil((size - stored) / (originals[0]?.last ?? 1));
  for (let copy = 0; copy < copies; copy += 1) {
    // The time in front of a UUIDv7 is moved, so that copies are unique and older than what comes now.
    const time = (Date.now() - HOUR_MS - copy).toString(16).padStart(12, '0');
    const front = `'${time.slice(0, 8)}-${time.slice(8)}-7000'`;
    database.exec('BEGIN');
    for (const { table, last, columns } of originals) {
      const values = columns.map((column) =>
        IDS.has(column) ? `${front} || substr(${column}, 19)` : column,
      );
      database.exec(
        `INSERT INTO ${table} (${columns.join(', ')}) SELECT ${values.join(', ')} FROM ${table} WHERE seq <= ${last}`,
      );
    }
    database.exec('COMMIT');
  }
  database.exec('PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE)');
  const pages = Number(database.prepare('PRAGMA page_count').get()?.page_count);
  database.close();
  flush(path);
  return (pages * 4096) / 2 ** 20;
}

/** Gigabytes still on their way to the disk would be what every commit waits for. */
function flush(path: string): void {
  const file = openSync(path, 'r');
  fsyncSync(file);
  closeSync(file);
}

function columnsOf(database: DatabaseSync, table: string): readonly string[] {
  const rows = database.prepare(`SELECT name FROM pragma_table_info('${table}') WHERE name <> 'seq'`).all();
  return rows.map(({ name }) => String(name));
}
