/** What is to be sent if nothing was delivered: one row a verification. */
import type { DatabaseSync } from 'node:sqlite';
import type { Fallback } from '../../engine/ports/fallback-store.ts';
import { prepareCommand, prepareQuery } from './prepare.ts';

const COLUMNS = 'verification_id AS verificationId, tenant_id AS tenantId, step, due_at_ms AS dueAtMs';
const FIND = `SELECT ${COLUMNS} FROM fallbacks WHERE verification_id = ?1`;
const SAVE = `INSERT OR REPLACE INTO fallbacks (verification_id, tenant_id, step, due_at_ms)
  VALUES (?1, ?2, ?3, ?4)`;
const DELETE = 'DELETE FROM fallbacks WHERE verification_id = ?1';
const LIST_DUE = `SELECT ${COLUMNS} FROM fallbacks WHERE due_at_ms <= ?1 ORDER BY due_at_ms LIMIT ?2`;

export type FallbackTable = ReturnType<typeof createFallbackTable>;

export function createFallbackTable(database: DatabaseSync) {
  const find = prepareQuery<Fallback>(database, FIND);
  const save = prepareCommand(database, SAVE);
  const remove = prepareCommand(database, DELETE);
  return {
    find(verificationId: string): Fallback | undefined {
      const row = find.first(verificationId);
      return row && { ...row };
    },
    save: ({ verificationId, tenantId, step, dueAtMs }: Fallback) =>
      save(verificationId, tenantId, step, dueAtMs),
    remove,
  };
}

export function createFallbackReads(database: DatabaseSync) {
  const listDue = prepareQuery<Fallback>(database, LIST_DUE);
  return { listDue: (nowMs: number, limit: number) => listDue.all(nowMs, limit).map((row) => ({ ...row })) };
}
