/** The wrapped data keys, and the sealed columns that are re-sealed when one of them is retired. */
import assert from 'node:assert/strict';
import type { DataKeyRow, KeyStore, SealedRow, SealedTable } from '../../engine/ports.ts';
import { type StoredDataKeyRow, toDataKeyRow } from '../rows.ts';
import type { Reader } from './reader.ts';
import { call, type Statement, statement } from './statement.ts';
import type { Transactor } from './transactor.ts';

const LIST = statement(
  'SELECT name, purpose, wrapped, created_at_ms FROM data_keys ORDER BY created_at_ms, name',
);
const INSERT =
  statement(`INSERT INTO data_keys (name, purpose, wrapped, created_at_ms) VALUES ($1, $2, $3, $4)
  ON CONFLICT (name) DO NOTHING RETURNING name`);
const REWRAP = statement('UPDATE data_keys SET wrapped = $2 WHERE name = $1 RETURNING name');
const DELETE = statement('DELETE FROM data_keys WHERE name = $1');
/** Id and sealed columns of each table; NULL where a table has one sealed column only. */
const SEALED_COLUMNS: Readonly<Record<SealedTable, readonly [id: string, to: string, content: string]>> = {
  verifications: ['id', 'to_sealed', 'content_sealed'],
  messages: ['id', 'to_sealed', 'content_sealed'],
  webhook_endpoints: ['id', 'url_sealed', 'secrets_sealed'],
  webhook_secrets: ['tenant_id', 'secrets_sealed', 'NULL'],
  devices: ['id', 'content_sealed', 'NULL'],
  signing_keys: ['kid', 'private_sealed', 'NULL'],
};
const TABLES = Object.keys(SEALED_COLUMNS) as SealedTable[];
const SCANS = forEachTable((table) => {
  const [id, to, content] = SEALED_COLUMNS[table];
  return statement(`SELECT ${id} AS id, ${to} AS "toSealed", ${content}::bytea AS "contentSealed"
    FROM ${table} WHERE ${id} > $1 ORDER BY ${id} LIMIT $2`);
});
const REPLACEMENTS = forEachTable((table) => {
  const [id, to, content] = SEALED_COLUMNS[table];
  const setContent = content === 'NULL' ? '' : `, ${content} = $3`;
  return statement(`UPDATE ${table} SET ${to} = $2${setContent}
    WHERE ${id} = $1 AND ${to} = $4 AND ${content}::bytea IS NOT DISTINCT FROM $5::bytea
      AND ($3::bytea IS NULL) = (${content}::bytea IS NULL)`);
});
/** Below every id that is a UUID. */
const FIRST_ID = '00000000-0000-0000-0000-000000000000';
/** What a walk begins after, where a name is the id. */
const firstOf = (table: SealedTable) => (table === 'signing_keys' ? '' : FIRST_ID);

class NameTaken extends Error {}

function forEachTable(make: (table: SealedTable) => Statement): Readonly<Record<SealedTable, Statement>> {
  return Object.fromEntries(TABLES.map((table) => [table, make(table)])) as Record<SealedTable, Statement>;
}

export function createDataKeyMethods(transactor: Transactor, reader: Reader): KeyStore {
  return {
    loadDataKeys: () => reader.list<StoredDataKeyRow, DataKeyRow>(call(LIST), toDataKeyRow),
    async addDataKeys(rows) {
      const adding = transactor.run(async (session) => {
        const inserts = rows.map(({ name, purpose, wrapped, createdAtMs }) =>
          call(INSERT, name, purpose, wrapped, createdAtMs),
        );
        const inserted = await session.queryAll(...inserts);
        if (inserted.some(({ rowCount }) => rowCount === 0)) throw new NameTaken();
      });
      return adding.then(
        () => true,
        (error: unknown) => {
          if (error instanceof NameTaken) return false;
          throw error;
        },
      );
    },
    rewrapDataKeys: (rows) =>
      transactor.run(async (session) => {
        const updates = rows.map(({ name, wrapped }) => call(REWRAP, name, wrapped));
        const updated = await session.queryAll(...updates);
        for (const [index, { rowCount }] of updated.entries())
          assert.equal(rowCount, 1, `no data key ${rows[index]?.name}`);
      }),
    async deleteDataKey(name) {
      await transactor.runAlone(call(DELETE, name));
    },
    async scanSealed(table, afterId, limit) {
      const rows = await reader.all<StoredSealedRow>(call(SCANS[table], afterId || firstOf(table), limit));
      return rows.map(({ id, toSealed, contentSealed }) => ({
        id,
        toSealed,
        ...(contentSealed !== null && { contentSealed }),
      }));
    },
    async replaceSealed(table, row, before) {
      const { rowCount } = await transactor.runAlone(
        call(
          REPLACEMENTS[table],
          row.id,
          row.toSealed,
          row.contentSealed ?? null,
          before.toSealed,
          before.contentSealed ?? null,
        ),
      );
      return (rowCount ?? 0) > 0;
    },
  };
}

interface StoredSealedRow extends Omit<SealedRow, 'contentSealed'> {
  readonly contentSealed: Uint8Array | null;
}
