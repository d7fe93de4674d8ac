/** What is to be sent if nothing was delivered: one row a verification. */
import type { Fallback } from '../../engine/ports/fallback-store.ts';
import { type Call, call, statement } from './statement.ts';

const COLUMNS = 'verification_id AS "verificationId", tenant_id AS "tenantId", step, due_at_ms AS "dueAtMs"';
const LOAD = statement(`SELECT ${COLUMNS} FROM fallbacks WHERE verification_id = $1 FOR UPDATE`);
const SAVE =
  statement(`INSERT INTO fallbacks (verification_id, tenant_id, step, due_at_ms) VALUES ($1, $2, $3, $4)
  ON CONFLICT (verification_id) DO UPDATE
  SET tenant_id = excluded.tenant_id, step = excluded.step, due_at_ms = excluded.due_at_ms`);
const DELETE = statement('DELETE FROM fallbacks WHERE verification_id = $1');
const LIST_DUE = statement(
  `SELECT ${COLUMNS} FROM fallbacks WHERE due_at_ms <= $1 ORDER BY due_at_ms LIMIT $2`,
);

export const loadFallback = (verificationId: string): Call => call(LOAD, verificationId);
export const saveFallback = ({ verificationId, tenantId, step, dueAtMs }: Fallback): Call =>
  call(SAVE, verificationId, tenantId, step, dueAtMs);
export const deleteFallback = (verificationId: string): Call => call(DELETE, verificationId);
export const listDueFallbacks = (nowMs: number, limit: number): Call => call(LIST_DUE, nowMs, limit);
