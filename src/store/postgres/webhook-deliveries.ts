/** Statements on deliveries, with the leases on them. Every write that a lease protects is fenced by its number. */
import type { Lease } from '../../core/delivery.ts';
import type { WebhookDelivery } from '../../core/webhook.ts';
import type { DeliveryLease, DeliveryWrites, Replay } from '../../engine/ports/webhook-store.ts';
import { fromDelivery } from '../webhook-rows.ts';
import { idFloor } from './id-floor.ts';
import { type Call, call, rowsInsert, statement } from './statement.ts';

export const DELIVERY_COLUMNS = `id, tenant_id, endpoint_id, endpoint_kind, event_id, event_type, subject_id, state,
  attempt_count, next_attempt_at_ms, lease_node, lease_number, lease_until_ms, last_status, failure, created_at_ms,
  started_at_ms, updated_at_ms`;
/** Spelled as in the index `webhook_deliveries_due`. */
export const DELIVERY_DUE_AT = 'greatest(next_attempt_at_ms, coalesce(lease_until_ms, 0))';

const insertAll = rowsInsert(`webhook_deliveries (${DELIVERY_COLUMNS})`, [
  ...['uuid', 'uuid', 'uuid', 'text', 'uuid', 'text', 'text', 'text', 'integer', 'bigint', 'text', 'integer'],
  ...['bigint', 'integer', 'text', 'bigint', 'bigint', 'bigint'],
]);
// Leaps from endpoint to endpoint in the index: as many look-ups as there are endpoints with something pending.
const DUE_ENDPOINTS = statement(`WITH RECURSIVE waiting (endpoint_id) AS (
    (SELECT endpoint_id FROM webhook_deliveries WHERE state = 'pending' ORDER BY endpoint_id LIMIT 1)
    UNION ALL
    SELECT (SELECT endpoint_id FROM webhook_deliveries
      WHERE state = 'pending' AND endpoint_id > waiting.endpoint_id ORDER BY endpoint_id LIMIT 1)
    FROM waiting WHERE waiting.endpoint_id IS NOT NULL)
  SELECT endpoint_id FROM (
    SELECT endpoint_id, (SELECT ${DELIVERY_DUE_AT} FROM webhook_deliveries
        WHERE state = 'pending' AND endpoint_id = waiting.endpoint_id ORDER BY ${DELIVERY_DUE_AT} LIMIT 1) AS due_at_ms
    FROM waiting WHERE endpoint_id IS NOT NULL) AS due
  WHERE due_at_ms <= $1 ORDER BY due_at_ms`);
const CLAIM = statement(`WITH due AS (
    SELECT id FROM webhook_deliveries
    WHERE state = 'pending' AND endpoint_id = $4 AND ${DELIVERY_DUE_AT} <= $2
    ORDER BY ${DELIVERY_DUE_AT}, seq LIMIT $5 FOR NO KEY UPDATE SKIP LOCKED)
  UPDATE webhook_deliveries SET lease_node = $1, lease_number = lease_number + 1, lease_until_ms = $3
  WHERE id IN (SELECT id FROM due) RETURNING seq, ${DELIVERY_COLUMNS}`);
const FENCE = 'id = $1 AND lease_node = $2 AND lease_number = $3';
const RELEASE = statement(
  `UPDATE webhook_deliveries SET lease_node = NULL, lease_until_ms = NULL WHERE ${FENCE}`,
);
// The same lock as a record of the one before takes, so that the two see each other.
const LOCK_ORDER =
  statement(`SELECT pg_advisory_xact_lock(hashtextextended(endpoint_id::text || subject_id, 4))
  FROM webhook_deliveries WHERE ${FENCE}`);
const POSTPONE = statement(`UPDATE webhook_deliveries
  SET lease_node = NULL, lease_until_ms = NULL, next_attempt_at_ms = CASE WHEN EXISTS (
    SELECT 1 FROM webhook_deliveries AS earlier WHERE earlier.state = 'pending'
      AND earlier.endpoint_id = webhook_deliveries.endpoint_id
      AND earlier.subject_id = webhook_deliveries.subject_id AND earlier.seq < webhook_deliveries.seq)
    THEN $4::bigint ELSE $5::bigint END
  WHERE ${FENCE}`);
const RECORD = statement(`UPDATE webhook_deliveries
  SET state = $4, attempt_count = $5, next_attempt_at_ms = $6, last_status = $7, failure = $8, updated_at_ms = $9,
    lease_node = NULL, lease_until_ms = NULL
  WHERE ${FENCE} RETURNING subject_id`);
// Only one that waits for its turn: what has been attempted keeps to its schedule.
const WAKE_NEXT = statement(`UPDATE webhook_deliveries SET next_attempt_at_ms = $3
  WHERE attempt_count = 0 AND next_attempt_at_ms > $3 AND id = (
    SELECT id FROM webhook_deliveries WHERE state = 'pending' AND endpoint_id = $1 AND subject_id = $2
    ORDER BY seq LIMIT 1)
  RETURNING id`);
const RESET = `state = 'pending', attempt_count = 0, next_attempt_at_ms = $1, started_at_ms = $1, updated_at_ms = $1,
  failure = NULL, last_status = NULL, lease_node = NULL, lease_until_ms = NULL`;
const REPLAY_ONE = statement(
  `UPDATE webhook_deliveries SET ${RESET} WHERE id = $2 AND tenant_id = $3 AND state <> 'pending'`,
);
const replayFailed = (target: string) =>
  statement(`UPDATE webhook_deliveries SET ${RESET}
  WHERE id IN (SELECT id FROM webhook_deliveries WHERE state = 'failed' AND tenant_id = $2 AND ${target}
    AND created_at_ms >= $3 AND id >= $4 ORDER BY id LIMIT $5 FOR NO KEY UPDATE)`);
const REPLAY_OF_ENDPOINT = replayFailed('endpoint_id = $6');
const REPLAY_OF_REQUESTS = replayFailed(`endpoint_kind = 'request'`);

/** Ids are of the nodes' clocks, which are this far apart at most; the exact bound is `created_at_ms`. */
const CLOCK_SKEW_MS = 60_000;

export const insertDeliveries = (deliveries: readonly WebhookDelivery[]): Call =>
  insertAll(deliveries.map(fromDelivery));

export const findDueEndpoints = (nowMs: number): Call => call(DUE_ENDPOINTS, nowMs);

export const claimDeliveries = (
  {
    node,
    nowMs,
    leaseUntilMs,
  }: { readonly node: string; readonly nowMs: number; readonly leaseUntilMs: number },
  endpointId: string,
  limit: number,
): Call => call(CLAIM, node, nowMs, leaseUntilMs, endpointId, limit);

export const releaseDelivery = ({ deliveryId, lease }: DeliveryLease): Call =>
  call(RELEASE, ...fence(deliveryId, lease));

export const lockOrder = ({ deliveryId, lease }: DeliveryLease): Call =>
  call(LOCK_ORDER, ...fence(deliveryId, lease));

export const postponeDelivery = (
  { deliveryId, lease }: DeliveryLease,
  untilMs: number,
  nowMs: number,
): Call => call(POSTPONE, ...fence(deliveryId, lease), untilMs, nowMs);

export const recordDelivery = (writes: DeliveryWrites): Call =>
  call(
    RECORD,
    ...fence(writes.deliveryId, writes.lease),
    writes.state,
    writes.attemptCount,
    writes.nextAttemptAtMs ?? null,
    writes.lastStatus ?? null,
    writes.failure ?? null,
    writes.updatedAtMs,
  );

export const wakeNext = (endpointId: string, subjectId: string, nowMs: number): Call =>
  call(WAKE_NEXT, endpointId, subjectId, nowMs);

export function replayDeliveries(tenantId: string, replay: Replay, nowMs: number, limit: number): Call {
  if (replay.kind === 'one') return call(REPLAY_ONE, nowMs, replay.deliveryId, tenantId);
  const { target, sinceMs } = replay;
  const range = [nowMs, tenantId, sinceMs, idFloor(sinceMs - CLOCK_SKEW_MS), limit] as const;
  return target === 'requests'
    ? call(REPLAY_OF_REQUESTS, ...range)
    : call(REPLAY_OF_ENDPOINT, ...range, target.endpointId);
}

function fence(deliveryId: string, lease: Lease) {
  return [deliveryId, lease.node, lease.number] as const;
}
