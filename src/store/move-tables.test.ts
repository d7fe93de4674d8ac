/** Nothing may be left behind: the schemas are compared, so that a new table or column cannot be forgotten. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createTestDatabase, type TestDatabaseServer } from '../../test/support/postgres/test-server.ts';
import { type MovedTable, pairTables, type SourceTable } from './move-tables.ts';
import { openMoveTarget } from './postgres/move-target.ts';
import { migrateSqlite } from './sqlite/migrate-sqlite.ts';
import { openMoveSource } from './sqlite/move-source.ts';

const clock = () => 1_767_225_600_000;

describe('the tables that a move carries over', () => {
  let sources: readonly SourceTable[];
  let targets: readonly MovedTable[];
  let server: TestDatabaseServer;
  before(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'otpost-tables-'));
    const path = join(folder, 'otpost.db');
    await migrateSqlite({ path, clock });
    const source = openMoveSource({ path, clock, makeId: () => 'a move', isAhead: false });
    sources = source.tables;
    source[Symbol.dispose]();
    rmSync(folder, { recursive: true });
    server = await createTestDatabase();
    const target = await openMoveTarget({ url: server.url, clock });
    targets = target.tables;
    await target[Symbol.asyncDispose]();
  });
  after(() => server[Symbol.asyncDispose]());

  it('are all that the two schemas have in common, those that others refer to first', () => {
    const names = pairTables(sources, targets).map(({ name }) => name);
    assert.deepEqual(names, [
      'tenants',
      'keys',
      'templates',
      'data_keys',
      'verifications',
      'messages',
      'submissions',
      'parked_receipts',
      'counters',
      'failure_budgets',
      'idempotency',
      'events',
      'accounts',
      'ledger',
      'signing_keys',
      'fallbacks',
      'webhook_endpoints',
      'webhook_generation',
      'webhook_secrets',
      'webhook_deliveries',
      'devices',
      'device_verifications',
    ]);
  });

  it('have the columns of the key in front, and know which numbers the database gives out', () => {
    const tables = new Map(pairTables(sources, targets).map((table) => [table.name, table]));
    const keyOf = (name: string) => {
      const { columns = [], keyWidth } = tables.get(name) ?? {};
      return columns.slice(0, keyWidth).map((column) => column.name);
    };
    assert.deepEqual(keyOf('submissions'), ['message_id', 'carrier', 'carrier_message_id']);
    assert.deepEqual(keyOf('idempotency'), ['tenant_id', 'key']);
    const given = [...tables.values()].filter(({ columns }) => columns.some(({ isIdentity }) => isIdentity));
    assert.deepEqual(
      given.map(({ name }) => name),
      ['parked_receipts', 'ledger', 'webhook_deliveries'],
    );
  });

  it('may not grow on one side only', () => {
    const column = { name: 'colour', type: 'text', isIdentity: false } as const;
    const table: MovedTable = { name: 'parcels', columns: [column], keyWidth: 1 };
    const widen = <T extends { readonly name: string; readonly columns: readonly unknown[] }>(
      tables: readonly T[],
      more: T['columns'][number],
    ) => tables.map((each) => (each.name === 'keys' ? { ...each, columns: [...each.columns, more] } : each));
    const lopsided: readonly (readonly [readonly SourceTable[], readonly MovedTable[], RegExp])[] = [
      [[...sources, { name: 'parcels', columns: ['colour'] }], targets, /parcels/],
      [sources, [...targets, table], /parcels/],
      [widen(sources, 'colour'), targets, /colour/],
      [sources, widen(targets, column), /colour/],
    ];
    for (const [from, to, words] of lopsided) assert.throws(() => pairTables(from, to), words);
    pairTables([...sources, { name: 'parcels', columns: ['colour'] }], [...targets, table]);
  });
});
