/** Endpoints, what they want, and the secrets for URLs that calls name. */
import type { DatabaseSync } from 'node:sqlite';
import { EngineError } from '../../core/errors.ts';
import type { WebhookEndpoint } from '../../core/webhook.ts';
import type { EndpointHealthChange, Subscriptions } from '../../engine/ports/webhook-store.ts';
import {
  type EndpointRow,
  fromEndpoint,
  type SubscriptionRow,
  toEndpoint,
  toSubscription,
} from '../webhook-rows.ts';
import { prepareCommand, prepareQuery } from './prepare.ts';

export const ENDPOINT_COLUMNS = `id, tenant_id, kind, url_sealed, secrets_sealed, event_types, format, description,
  state, disabled_reason, failing_since_ms, created_at_ms, updated_at_ms, version`;

const INSERT = `INSERT INTO webhook_endpoints (${ENDPOINT_COLUMNS})
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)`;
// Named a thousand times an hour, noted once: retention goes by days.
const USE = `${INSERT} ON CONFLICT (id) DO UPDATE SET updated_at_ms = excluded.updated_at_ms
  WHERE excluded.updated_at_ms > updated_at_ms + 3600000`;
const COUNT = `SELECT count(*) AS count FROM webhook_endpoints WHERE tenant_id = ?1 AND kind = 'registered'`;
const FIND = `SELECT ${ENDPOINT_COLUMNS} FROM webhook_endpoints WHERE id = ?1 AND tenant_id = ?2`;
const LIST = `SELECT ${ENDPOINT_COLUMNS} FROM webhook_endpoints
  WHERE tenant_id = ?1 AND kind = 'registered' ORDER BY created_at_ms, id`;
const SAVE = `UPDATE webhook_endpoints SET url_sealed = ?4, secrets_sealed = ?5, event_types = ?6, format = ?7,
    description = ?8, state = ?9, disabled_reason = ?10, failing_since_ms = ?11, updated_at_ms = ?13, version = ?14
  WHERE id = ?1 AND tenant_id = ?2 AND kind = ?3 AND created_at_ms = ?12 AND version = ?15`;
const DELETE = `DELETE FROM webhook_endpoints WHERE id = ?1 AND tenant_id = ?2 AND kind = 'registered'`;
const SET_FAILING = `UPDATE webhook_endpoints SET failing_since_ms = ?3
  WHERE id = ?1 AND failing_since_ms IS ?2 AND state = 'active'`;
const DISABLE = `UPDATE webhook_endpoints
  SET failing_since_ms = ?3, state = 'disabled', disabled_reason = ?4, updated_at_ms = ?5, version = version + 1
  WHERE id = ?1 AND failing_since_ms IS ?2 AND state = 'active'`;
const GENERATION = 'SELECT generation FROM webhook_generation';
const GROW = 'UPDATE webhook_generation SET generation = generation + 1';
const SUBSCRIPTIONS = `SELECT id, tenant_id, event_types, format FROM webhook_endpoints
  WHERE kind = 'registered' AND state = 'active'`;
const FIND_SECRETS = 'SELECT secrets_sealed FROM webhook_secrets WHERE tenant_id = ?1';
const ADD_SECRETS = `INSERT INTO webhook_secrets (tenant_id, secrets_sealed, updated_at_ms) VALUES (?1, ?2, ?3)
  ON CONFLICT (tenant_id) DO NOTHING`;
const SAVE_SECRETS = `UPDATE webhook_secrets SET secrets_sealed = ?2, updated_at_ms = ?3
  WHERE tenant_id = ?1 AND secrets_sealed = ?4`;

export type EndpointTable = ReturnType<typeof createEndpointTable>;

export function createEndpointTable(database: DatabaseSync) {
  const insert = prepareCommand(database, INSERT);
  const use = prepareCommand(database, USE);
  const count = prepareQuery<{ readonly count: number }>(database, COUNT);
  const save = prepareCommand(database, SAVE);
  const remove = prepareCommand(database, DELETE);
  const setFailing = prepareCommand(database, SET_FAILING);
  const disable = prepareCommand(database, DISABLE);
  const grow = prepareCommand(database, GROW);
  const addSecrets = prepareCommand(database, ADD_SECRETS);
  const saveSecrets = prepareCommand(database, SAVE_SECRETS);

  const changed = (rows: number): boolean => {
    if (rows > 0) grow();
    return rows > 0;
  };

  return {
    create(endpoint: WebhookEndpoint, limit: number): void {
      if ((count.first(endpoint.tenantId)?.count ?? 0) >= limit) {
        throw new EngineError('conflict', `A tenant has at most ${limit} webhook endpoints.`);
      }
      changed(insert(...fromEndpoint(endpoint)));
    },
    use: (endpoint: WebhookEndpoint) => void use(...fromEndpoint(endpoint)),
    save: (endpoint: WebhookEndpoint, beforeVersion: number) =>
      changed(save(...fromEndpoint(endpoint), beforeVersion)),
    remove: (tenantId: string, id: string) => changed(remove(id, tenantId)),
    /** @returns whether an endpoint was disabled by it */
    recordHealth(id: string, change: EndpointHealthChange, nowMs: number): boolean {
      const { before = null, failingSinceMs = null, disables } = change;
      if (disables) return changed(disable(id, before, failingSinceMs, disables.reason, nowMs));
      setFailing(id, before, failingSinceMs);
      return false;
    },
    saveSecrets: (tenantId: string, sealed: Uint8Array, before: Uint8Array | undefined, nowMs: number) =>
      (before ? saveSecrets(tenantId, sealed, nowMs, before) : addSecrets(tenantId, sealed, nowMs)) > 0,
  };
}

export function createEndpointReads(database: DatabaseSync) {
  const find = prepareQuery<EndpointRow>(database, FIND);
  const list = prepareQuery<EndpointRow>(database, LIST);
  const readGeneration = prepareQuery<{ readonly generation: number }>(database, GENERATION);
  const subscriptions = prepareQuery<SubscriptionRow>(database, SUBSCRIPTIONS);
  const findSecrets = prepareQuery<{ readonly secrets_sealed: Uint8Array }>(database, FIND_SECRETS);

  return {
    find(tenantId: string, id: string): WebhookEndpoint | undefined {
      const row = find.first(id, tenantId);
      return row && toEndpoint(row);
    },
    list: (tenantId: string) => list.all(tenantId).map(toEndpoint),
    /** The generation is read first: what changes between the two reads is loaded once more next time. */
    loadSubscriptions(knownGeneration: number | undefined): Subscriptions | undefined {
      const generation = readGeneration.first()?.generation ?? 0;
      if (generation === knownGeneration) return undefined;
      return { generation, subscriptions: subscriptions.all().map(toSubscription) };
    },
    findSecrets: (tenantId: string) => findSecrets.first(tenantId)?.secrets_sealed,
  };
}
