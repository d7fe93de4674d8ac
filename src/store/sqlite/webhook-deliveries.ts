/** Deliveries of one connection, with the leases on them. Every write that a lease protects is fenced by its number. */
import type { DatabaseSync } from 'node:sqlite';
import type { Lease } from '../../core/delivery.ts';
import type { WebhookDelivery } from '../../core/webhook.ts';
import type {
  DeliveryClaim,
  DeliveryLease,
  DeliveryWrites,
  Replay,
} from '../../engine/ports/webhook-store.ts';
import { type DeliveryRow, fromDelivery, toDelivery } from '../webhook-rows.ts';
import { idFloor } from './id-floor.ts';
import { prepareCommand, prepareQuery } from './prepare.ts';

export const DELIVERY_COLUMNS = `id, tenant_id, endpoint_id, endpoint_kind, event_id, event_type, subject_id, state,
  attempt_count, next_attempt_at_ms, lease_node, lease_number, lease_until_ms, last_status, failure, created_at_ms,
  started_at_ms, updated_at_ms`;
/** Spelled as in the index `webhook_deliveries_due`. */
export const DELIVERY_DUE_AT = 'max(next_attempt_at_ms, coalesce(lease_until_ms, 0))';

const INSERT = `INSERT INTO webhook_deliveries (${DELIVERY_COLUMNS})
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)`;
// Leaps from endpoint to endpoint in the index: as many look-ups as there are endpoints with something pending.
const DUE_ENDPOINTS = `WITH RECURSIVE waiting (endpoint_id) AS (
    SELECT min(endpoint_id) FROM webhook_deliveries WHERE state = 'pending'
    UNION ALL
    SELECT (SELECT min(endpoint_id) FROM webhook_deliveries
      WHERE state = 'pending' AND endpoint_id > waiting.endpoint_id)
    FROM waiting WHERE waiting.endpoint_id IS NOT NULL)
  SELECT endpoint_id, (SELECT min(${DELIVERY_DUE_AT}) FROM webhook_deliveries
      WHERE state = 'pending' AND endpoint_id = waiting.endpoint_id) AS due_at_ms
  FROM waiting WHERE endpoint_id IS NOT NULL AND due_at_ms <= ?1 ORDER BY due_at_ms`;
const CLAIM = `UPDATE webhook_deliveries
  SET lease_node = ?1, lease_number = lease_number + 1, lease_until_ms = ?3
  WHERE seq IN (SELECT seq FROM webhook_deliveries
    WHERE state = 'pending' AND endpoint_id = ?4 AND ${DELIVERY_DUE_AT} <= ?2
    ORDER BY ${DELIVERY_DUE_AT}, seq LIMIT ?5)
  RETURNING seq, ${DELIVERY_COLUMNS}`;
const FENCE = 'id = ?1 AND lease_node = ?2 AND lease_number = ?3';
const RELEASE = `UPDATE webhook_deliveries SET lease_node = NULL, lease_until_ms = NULL WHERE ${FENCE}`;
const POSTPONE = `UPDATE webhook_deliveries
  SET lease_node = NULL, lease_until_ms = NULL, next_attempt_at_ms = iif(EXISTS (
    SELECT 1 FROM webhook_deliveries AS earlier WHERE earlier.state = 'pending'
      AND earlier.endpoint_id = webhook_deliveries.endpoint_id
      AND earlier.subject_id = webhook_deliveries.subject_id AND earlier.seq < webhook_deliveries.seq), ?4, ?5)
  WHERE ${FENCE}`;
const RECORD = `UPDATE webhook_deliveries
  SET state = ?4, attempt_count = ?5, next_attempt_at_ms = ?6, last_status = ?7, failure = ?8, updated_at_ms = ?9,
    lease_node = NULL, lease_until_ms = NULL
  WHERE ${FENCE} RETURNING subject_id`;
// Only one that waits for its turn: what has been attempted keeps to its schedule.
const WAKE_NEXT = `UPDATE webhook_deliveries SET next_attempt_at_ms = ?3
  WHERE attempt_count = 0 AND next_attempt_at_ms > ?3 AND seq = (
    SELECT seq FROM webhook_deliveries WHERE state = 'pending' AND endpoint_id = ?1 AND subject_id = ?2
    ORDER BY seq LIMIT 1)`;
const RESET = `state = 'pending', attempt_count = 0, next_attempt_at_ms = ?1, started_at_ms = ?1, updated_at_ms = ?1,
  failure = NULL, last_status = NULL, lease_node = NULL, lease_until_ms = NULL`;
const REPLAY_ONE = `UPDATE webhook_deliveries SET ${RESET} WHERE id = ?2 AND tenant_id = ?3 AND state <> 'pending'`;
const replayFailed = (target: string) => `UPDATE webhook_deliveries SET ${RESET}
  WHERE seq IN (SELECT seq FROM webhook_deliveries WHERE state = 'failed' AND tenant_id = ?2 AND ${target}
    AND created_at_ms >= ?3
    AND seq >= coalesce((SELECT seq FROM webhook_deliveries WHERE id >= ?4 ORDER BY id LIMIT 1), 0)
    ORDER BY seq LIMIT ?5)`;
const REPLAY_OF_ENDPOINT = replayFailed('endpoint_id = ?6');
const REPLAY_OF_REQUESTS = replayFailed(`endpoint_kind = 'request'`);

/** Ids are of the nodes' clocks, which are this far apart at most; the exact bound is `created_at_ms`. */
const CLOCK_SKEW_MS = 60_000;

export type DeliveryTable = ReturnType<typeof createDeliveryTable>;

export function createDeliveryTable(database: DatabaseSync) {
  const insert = prepareCommand(database, INSERT);
  const dueEndpoints = prepareQuery<{ readonly endpoint_id: string }>(database, DUE_ENDPOINTS);
  const claim = prepareQuery<DeliveryRow & { readonly seq: number }>(database, CLAIM);
  const release = prepareCommand(database, RELEASE);
  const postpone = prepareCommand(database, POSTPONE);
  const record = prepareQuery<{ readonly subject_id: string }>(database, RECORD);
  const wakeNext = prepareCommand(database, WAKE_NEXT);
  const replayOne = prepareCommand(database, REPLAY_ONE);
  const replayOfEndpoint = prepareCommand(database, REPLAY_OF_ENDPOINT);
  const replayOfRequests = prepareCommand(database, REPLAY_OF_REQUESTS);

  return {
    insert: (delivery: WebhookDelivery) => void insert(...fromDelivery(delivery)),
    claim(wanted: DeliveryClaim): readonly WebhookDelivery[] {
      const { node, nowMs, leaseUntilMs, limit, limitPerEndpoint, roomByEndpoint } = wanted;
      const rows: (DeliveryRow & { readonly seq: number })[] = [];
      for (const { endpoint_id: endpointId } of dueEndpoints.all(nowMs)) {
        const room = Math.min(limit - rows.length, roomByEndpoint[endpointId] ?? limitPerEndpoint);
        if (room > 0) rows.push(...claim.all(node, nowMs, leaseUntilMs, endpointId, room));
        if (rows.length >= limit) break;
      }
      return rows.sort((a, b) => a.seq - b.seq).map(toDelivery);
    },
    release: ({ deliveryId, lease }: DeliveryLease) => void release(...fence(deliveryId, lease)),
    postpone: ({ deliveryId, lease }: DeliveryLease, untilMs: number, nowMs: number) =>
      void postpone(...fence(deliveryId, lease), untilMs, nowMs),
    /** @returns undefined where the lease is lost, else whether the next one in order is due now */
    record(writes: DeliveryWrites): boolean | undefined {
      const row = record.first(
        ...fence(writes.deliveryId, writes.lease),
        writes.state,
        writes.attemptCount,
        writes.nextAttemptAtMs ?? null,
        writes.lastStatus ?? null,
        writes.failure ?? null,
        writes.updatedAtMs,
      );
      if (!row) return undefined;
      return (
        writes.state !== 'pending' && wakeNext(writes.endpointId, row.subject_id, writes.updatedAtMs) > 0
      );
    },
    replay(tenantId: string, replay: Replay, nowMs: number, limit: number): number {
      if (replay.kind === 'one') return replayOne(nowMs, replay.deliveryId, tenantId);
      const { target, sinceMs } = replay;
      const range = [nowMs, tenantId, sinceMs, idFloor(sinceMs - CLOCK_SKEW_MS), limit] as const;
      return target === 'requests'
        ? replayOfRequests(...range)
        : replayOfEndpoint(...range, target.endpointId);
    },
  };
}

function fence(deliveryId: string, lease: Lease) {
  return [deliveryId, lease.node, lease.number] as const;
}
