/** Deliveries over the reading connection: single ones with all that an attempt needs, and lists. */
import type { DatabaseSync } from 'node:sqlite';
import { DELIVERY_STATES, type WebhookDelivery } from '../../core/webhook.ts';
import type { Page } from '../../engine/ports/page.ts';
import type { DeliveryFilter, DeliveryLease, DeliveryWork } from '../../engine/ports/webhook-store.ts';
import { type DeliveryRow, type EndpointRow, toDelivery, toEndpoint } from '../webhook-rows.ts';
import { prepareQuery } from './prepare.ts';
import type { createReads } from './reads.ts';
import { DELIVERY_COLUMNS, DELIVERY_DUE_AT } from './webhook-deliveries.ts';
import { type createEndpointReads, ENDPOINT_COLUMNS } from './webhook-endpoints.ts';

const FIND = `SELECT ${DELIVERY_COLUMNS} FROM webhook_deliveries WHERE id = ?1 AND tenant_id = ?2`;
const FIND_LEASED = `SELECT seq, ${DELIVERY_COLUMNS} FROM webhook_deliveries
  WHERE id = ?1 AND lease_node = ?2 AND lease_number = ?3`;
const FIND_ENDPOINT = `SELECT ${ENDPOINT_COLUMNS} FROM webhook_endpoints WHERE id = ?1`;
const EARLIER = `SELECT ${DELIVERY_DUE_AT} AS due_at_ms FROM webhook_deliveries
  WHERE state = 'pending' AND endpoint_id = ?1 AND subject_id = ?2 AND seq < ?3 ORDER BY seq LIMIT 1`;
const COUNT_PENDING = `SELECT count(*) AS count FROM webhook_deliveries WHERE state = 'pending'`;
const list = (target: string) => `SELECT seq, ${DELIVERY_COLUMNS} FROM webhook_deliveries
  WHERE tenant_id = ?1 AND state = ?2 AND seq < ?3 AND ${target} ORDER BY seq DESC LIMIT ?4`;
const LIST_OF_ENDPOINT = list('endpoint_id = ?5');
const LIST_OF_REQUESTS = list(`endpoint_kind = 'request'`);
const BEFORE = `SELECT coalesce((SELECT seq FROM webhook_deliveries WHERE id = ?1),
  (SELECT seq + 1 FROM webhook_deliveries WHERE id < ?1 ORDER BY id DESC LIMIT 1)) AS seq`;

type Sequenced = DeliveryRow & { readonly seq: number };

interface OtherReads {
  readonly rows: ReturnType<typeof createReads>;
  readonly endpoints: ReturnType<typeof createEndpointReads>;
}

export function createDeliveryReads(database: DatabaseSync, { rows, endpoints }: OtherReads) {
  const find = prepareQuery<DeliveryRow>(database, FIND);
  const findLeased = prepareQuery<Sequenced>(database, FIND_LEASED);
  const findEndpoint = prepareQuery<EndpointRow>(database, FIND_ENDPOINT);
  const earlier = prepareQuery<{ readonly due_at_ms: number }>(database, EARLIER);
  const countPending = prepareQuery<{ readonly count: number }>(database, COUNT_PENDING);
  const listOfEndpoint = prepareQuery<Sequenced>(database, LIST_OF_ENDPOINT);
  const listOfRequests = prepareQuery<Sequenced>(database, LIST_OF_REQUESTS);
  const before = prepareQuery<{ readonly seq: number | null }>(database, BEFORE);

  return {
    find(tenantId: string, id: string): WebhookDelivery | undefined {
      const row = find.first(id, tenantId);
      return row && toDelivery(row);
    },
    load({ deliveryId, lease }: DeliveryLease): DeliveryWork | undefined {
      const row = findLeased.first(deliveryId, lease.node, lease.number);
      if (!row) return undefined;
      const { tenant_id: tenantId, endpoint_id: endpointId, event_id: eventId } = row;
      const endpoint = findEndpoint.first(endpointId);
      const event = rows.findEvent(tenantId, eventId);
      const { verificationId, messageId } = event ?? {};
      return {
        delivery: toDelivery(row),
        endpoint: endpoint && toEndpoint(endpoint),
        event,
        verification:
          verificationId === undefined ? undefined : rows.findVerification(tenantId, verificationId),
        message: messageId === undefined ? undefined : rows.findMessage(tenantId, messageId),
        requestSecretsSealed: endpoint?.kind === 'request' ? endpoints.findSecrets(tenantId) : undefined,
        earlierDueAtMs: earlier.first(endpointId, row.subject_id, row.seq)?.due_at_ms,
      };
    },
    list(tenantId: string, { target, state }: DeliveryFilter, page: Page): readonly WebhookDelivery[] {
      const { beforeId, limit } = page;
      const from = beforeId === undefined ? Number.MAX_SAFE_INTEGER : (before.first(beforeId)?.seq ?? 0);
      const found = (state ? [state] : DELIVERY_STATES).flatMap((each) =>
        target === 'requests'
          ? listOfRequests.all(tenantId, each, from, limit)
          : listOfEndpoint.all(tenantId, each, from, limit, target.endpointId),
      );
      const newest = found.sort((a, b) => b.seq - a.seq).slice(0, limit);
      return newest.map(toDelivery);
    },
    countPending: () => countPending.first()?.count ?? 0,
  };
}
