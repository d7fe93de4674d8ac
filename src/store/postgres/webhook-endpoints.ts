/** Endpoints, what they want, and the secrets for URLs that calls name. */
import type { WebhookEndpoint } from '../../core/webhook.ts';
import type { EndpointHealthChange } from '../../engine/ports/webhook-store.ts';
import { fromEndpoint } from '../webhook-rows.ts';
import { type Call, call, statement } from './statement.ts';

export const ENDPOINT_COLUMNS = `id, tenant_id, kind, url_sealed, secrets_sealed, event_types, format, description,
  state, disabled_reason, failing_since_ms, created_at_ms, updated_at_ms, version`;

const INSERT_TEXT = `INSERT INTO webhook_endpoints (${ENDPOINT_COLUMNS})
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`;
const INSERT = statement(INSERT_TEXT);
// Named a thousand times an hour, noted once: retention goes by days.
const USE = statement(`${INSERT_TEXT} ON CONFLICT (id) DO UPDATE SET updated_at_ms = excluded.updated_at_ms
  WHERE excluded.updated_at_ms > webhook_endpoints.updated_at_ms + 3600000`);
const LOCK_TENANT = statement('SELECT pg_advisory_xact_lock(hashtextextended($1, 5))');
const COUNT = statement(
  `SELECT count(*) AS count FROM webhook_endpoints WHERE tenant_id = $1 AND kind = 'registered'`,
);
const FIND = statement(`SELECT ${ENDPOINT_COLUMNS} FROM webhook_endpoints WHERE id = $1 AND tenant_id = $2`);
const LIST = statement(`SELECT ${ENDPOINT_COLUMNS} FROM webhook_endpoints
  WHERE tenant_id = $1 AND kind = 'registered' ORDER BY created_at_ms, id`);
// Every change of a registered endpoint makes the generation grow in the same statement.
const GROWN =
  'grown AS (UPDATE webhook_generation SET generation = generation + 1 WHERE EXISTS (SELECT FROM changed))';
const SAVE = statement(`WITH changed AS (
    UPDATE webhook_endpoints SET url_sealed = $4, secrets_sealed = $5, event_types = $6, format = $7,
      description = $8, state = $9, disabled_reason = $10, failing_since_ms = $11, updated_at_ms = $13, version = $14
    WHERE id = $1 AND tenant_id = $2 AND kind = $3 AND created_at_ms = $12 AND version = $15 RETURNING id),
  ${GROWN} SELECT id FROM changed`);
const DELETE = statement(`WITH changed AS (
    DELETE FROM webhook_endpoints WHERE id = $1 AND tenant_id = $2 AND kind = 'registered' RETURNING id),
  ${GROWN} SELECT id FROM changed`);
const SET_FAILING = statement(`UPDATE webhook_endpoints SET failing_since_ms = $3
  WHERE id = $1 AND failing_since_ms IS NOT DISTINCT FROM $2 AND state = 'active'`);
const DISABLE = statement(`WITH changed AS (
    UPDATE webhook_endpoints
    SET failing_since_ms = $3, state = 'disabled', disabled_reason = $4, updated_at_ms = $5, version = version + 1
    WHERE id = $1 AND failing_since_ms IS NOT DISTINCT FROM $2 AND state = 'active' RETURNING id),
  ${GROWN} SELECT id FROM changed`);
const GENERATION = statement('SELECT generation FROM webhook_generation WHERE only_row = $1');
const GROW = statement('UPDATE webhook_generation SET generation = generation + 1 WHERE only_row = $1');
const SUBSCRIPTIONS = statement(`SELECT id, tenant_id, event_types, format FROM webhook_endpoints
  WHERE kind = 'registered' AND state = $1`);
const FIND_SECRETS = statement('SELECT secrets_sealed FROM webhook_secrets WHERE tenant_id = $1');
const ADD_SECRETS = statement(`INSERT INTO webhook_secrets (tenant_id, secrets_sealed, updated_at_ms)
  VALUES ($1, $2, $3) ON CONFLICT (tenant_id) DO NOTHING`);
const SAVE_SECRETS = statement(`UPDATE webhook_secrets SET secrets_sealed = $2, updated_at_ms = $3
  WHERE tenant_id = $1 AND secrets_sealed = $4`);

const ONLY_ROW = 1;

/** The second answers with how many there are; the lock keeps others from adding one meanwhile. */
export const countEndpoints = (tenantId: string): readonly Call[] => [
  call(LOCK_TENANT, tenantId),
  call(COUNT, tenantId),
];
export const insertEndpoint = (endpoint: WebhookEndpoint): readonly Call[] => [
  call(INSERT, ...fromEndpoint(endpoint)),
  call(GROW, ONLY_ROW),
];
export const useEndpoint = (endpoint: WebhookEndpoint): Call => call(USE, ...fromEndpoint(endpoint));
export const findEndpoint = (tenantId: string, id: string): Call => call(FIND, id, tenantId);
export const listEndpoints = (tenantId: string): Call => call(LIST, tenantId);
/** Answers with a row where it was changed, as do the next two. */
export const saveEndpoint = (endpoint: WebhookEndpoint, beforeVersion: number): Call =>
  call(SAVE, ...fromEndpoint(endpoint), beforeVersion);
export const deleteEndpoint = (tenantId: string, id: string): Call => call(DELETE, id, tenantId);
export function recordHealth(id: string, change: EndpointHealthChange, nowMs: number): Call {
  const { before = null, failingSinceMs = null, disables } = change;
  return disables
    ? call(DISABLE, id, before, failingSinceMs, disables.reason, nowMs)
    : call(SET_FAILING, id, before, failingSinceMs);
}
export const readGeneration = (): Call => call(GENERATION, ONLY_ROW);
export const listSubscriptions = (): Call => call(SUBSCRIPTIONS, 'active');
export const findSecrets = (tenantId: string): Call => call(FIND_SECRETS, tenantId);
export const saveSecrets = (
  tenantId: string,
  sealed: Uint8Array,
  before: Uint8Array | undefined,
  nowMs: number,
): Call =>
  before ? call(SAVE_SECRETS, tenantId, sealed, nowMs, before) : call(ADD_SECRETS, tenantId, sealed, nowMs);
