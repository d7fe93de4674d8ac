/** The wrapped data keys, and the sealed columns that are re-sealed when one of them is retired. */
import assert from 'node:assert/strict';
import type { DatabaseSync } from 'node:sqlite';
import type { DataKeyRow, SealedRow, SealedTable } from '../../engine/ports.ts';
import { type StoredDataKeyRow, toDataKeyRow } from '../rows.ts';
import { prepareCommand, prepareQuery } from './prepare.ts';

const LIST = 'SELECT name, purpose, wrapped, created_at_ms FROM data_keys ORDER BY created_at_ms, name';
const FIND = 'SELECT 1 FROM data_keys WHERE name = ?1';
const INSERT = 'INSERT INTO data_keys (name, purpose, wrapped, created_at_ms) VALUES (?1, ?2, ?3, ?4)';
const REWRAP = 'UPDATE data_keys SET wrapped = ?2 WHERE name = ?1';
const DELETE = 'DELETE FROM data_keys WHERE name = ?1';
/** Id and sealed columns of each table; NULL where a table has one sealed column only. */
const SEALED_COLUMNS: Readonly<Record<SealedTable, readonly [id: string, to: string, content: string]>> = {
  verifications: ['id', 'to_sealed', 'content_sealed'],
  messages: ['id', 'to_sealed', 'content_sealed'],
  webhook_endpoints: ['id', 'url_sealed', 'secrets_sealed'],
  webhook_secrets: ['tenant_id', 'secrets_sealed', 'NULL'],
  devices: ['id', 'content_sealed', 'NULL'],
  signing_keys: ['kid', 'private_sealed', 'NULL'],
};
const scan = (table: SealedTable) => {
  const [id, to, content] = SEALED_COLUMNS[table];
  return `SELECT ${id} AS id, ${to} AS toSealed, ${content} AS contentSealed
    FROM ${table} WHERE ${id} > ?1 ORDER BY ${id} LIMIT ?2`;
};
const replace = (table: SealedTable) => {
  const [id, to, content] = SEALED_COLUMNS[table];
  const setContent = content === 'NULL' ? '' : `, ${content} = ?3`;
  return `UPDATE ${table} SET ${to} = ?2${setContent} WHERE ${id} = ?1 AND ${to} IS ?4 AND ${content} IS ?5`;
};

export function createDataKeyWrites(database: DatabaseSync) {
  const find = prepareQuery<unknown>(database, FIND);
  const insert = prepareCommand(database, INSERT);
  const rewrap = prepareCommand(database, REWRAP);
  const remove = prepareCommand(database, DELETE);
  const replaceIn = {
    verifications: prepareCommand(database, replace('verifications')),
    messages: prepareCommand(database, replace('messages')),
    webhook_endpoints: prepareCommand(database, replace('webhook_endpoints')),
    webhook_secrets: prepareCommand(database, replace('webhook_secrets')),
    devices: prepareCommand(database, replace('devices')),
    signing_keys: prepareCommand(database, replace('signing_keys')),
  };

  return {
    add(rows: readonly DataKeyRow[]): boolean {
      if (rows.some(({ name }) => find.first(name))) return false;
      for (const { name, purpose, wrapped, createdAtMs } of rows) insert(name, purpose, wrapped, createdAtMs);
      return true;
    },
    rewrap(rows: readonly DataKeyRow[]): void {
      for (const { name, wrapped } of rows) assert.equal(rewrap(name, wrapped), 1, `no data key ${name}`);
    },
    remove,
    replaceSealed(table: SealedTable, row: SealedRow, before: SealedRow): boolean {
      const { toSealed, contentSealed } = row;
      const changed = replaceIn[table](
        row.id,
        toSealed,
        contentSealed ?? null,
        before.toSealed,
        before.contentSealed ?? null,
      );
      return changed > 0;
    },
  };
}

interface StoredSealedRow extends Omit<SealedRow, 'contentSealed'> {
  readonly contentSealed: Uint8Array | null;
}

export function createDataKeyReads(database: DatabaseSync) {
  const list = prepareQuery<StoredDataKeyRow>(database, LIST);
  const scanOf = {
    verifications: prepareQuery<StoredSealedRow>(database, scan('verifications')),
    messages: prepareQuery<StoredSealedRow>(database, scan('messages')),
    webhook_endpoints: prepareQuery<StoredSealedRow>(database, scan('webhook_endpoints')),
    webhook_secrets: prepareQuery<StoredSealedRow>(database, scan('webhook_secrets')),
    devices: prepareQuery<StoredSealedRow>(database, scan('devices')),
    signing_keys: prepareQuery<StoredSealedRow>(database, scan('signing_keys')),
  };

  return {
    load: () => list.all().map(toDataKeyRow),
    scanSealed(table: SealedTable, afterId: string, limit: number): readonly SealedRow[] {
      return scanOf[table].all(afterId, limit).map(({ id, toSealed, contentSealed }) => ({
        id,
        toSealed,
        ...(contentSealed !== null && { contentSealed }),
      }));
    },
  };
}
