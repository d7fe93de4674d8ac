/** The store's methods for webhooks. */
import { EngineError } from '../../core/errors.ts';
import type { WebhookDelivery } from '../../core/webhook.ts';
import type {
  DeliveryClaim,
  DeliveryRecord,
  DeliveryWrites,
  WebhookStore,
} from '../../engine/ports/webhook-store.ts';
import {
  type DeliveryRow,
  type EndpointRow,
  type SubscriptionRow,
  toDelivery,
  toEndpoint,
  toSubscription,
} from '../webhook-rows.ts';
import { appendEvents } from './events.ts';
import type { Reader } from './reader.ts';
import type { Session } from './session.ts';
import type { Transactor } from './transactor.ts';
import * as deliveries from './webhook-deliveries.ts';
import * as endpoints from './webhook-endpoints.ts';
import * as reads from './webhook-reads.ts';

type SequencedRow = DeliveryRow & { readonly seq: number };

export function createWebhookMethods(transactor: Transactor, reader: Reader): WebhookStore {
  const changes = async (write: ReturnType<typeof endpoints.useEndpoint>): Promise<boolean> =>
    ((await transactor.runAlone(write)).rowCount ?? 0) > 0;

  return {
    createEndpoint: (endpoint, limit) =>
      transactor.run(async (session) => {
        const [, counted] = await session.queryAll(...endpoints.countEndpoints(endpoint.tenantId));
        if (Number(counted?.rows[0]?.count) >= limit)
          throw new EngineError('conflict', `A tenant has at most ${limit} webhook endpoints.`);
        session.defer(...endpoints.insertEndpoint(endpoint));
      }),
    findEndpoint: (tenantId, id) =>
      reader.find<EndpointRow, ReturnType<typeof toEndpoint>>(
        endpoints.findEndpoint(tenantId, id),
        toEndpoint,
      ),
    listEndpoints: (tenantId) => reader.list(endpoints.listEndpoints(tenantId), toEndpoint),
    saveEndpoint: (endpoint, beforeVersion) => changes(endpoints.saveEndpoint(endpoint, beforeVersion)),
    deleteEndpoint: (tenantId, id) => changes(endpoints.deleteEndpoint(tenantId, id)),
    async loadSubscriptions(knownGeneration) {
      // The generation is read first: what changes between the two reads is loaded once more next time.
      const row = await reader.first<{ readonly generation: number }>(endpoints.readGeneration());
      const generation = row?.generation ?? 0;
      if (generation === knownGeneration) return undefined;
      const subscriptions = await reader.list<SubscriptionRow, ReturnType<typeof toSubscription>>(
        endpoints.listSubscriptions(),
        toSubscription,
      );
      return { generation, subscriptions };
    },
    async findRequestSecrets(tenantId) {
      const row = await reader.first<{ readonly secrets_sealed: Uint8Array }>(
        endpoints.findSecrets(tenantId),
      );
      return row?.secrets_sealed;
    },
    saveRequestSecrets: (...secrets) => changes(endpoints.saveSecrets(...secrets)),

    findDelivery: (tenantId, id) => reader.find(reads.findDelivery(tenantId, id), toDelivery),
    async listDeliveries(tenantId, filter, page) {
      const lists = reads.listDeliveries(tenantId, filter, page);
      const found = await Promise.all(lists.map((list) => reader.all<DeliveryRow>(list)));
      const newest = found.flat().sort((a, b) => (a.id < b.id ? 1 : -1));
      return newest.slice(0, page.limit).map(toDelivery);
    },
    replayDeliveries: async (...replay) =>
      (await transactor.runAlone(deliveries.replayDeliveries(...replay))).rowCount ?? 0,

    claimDeliveries: (claim) => transactor.run((session) => claimFairly(session, claim)),
    releaseDeliveries: (leases) =>
      transactor.run(async (session) => session.defer(...leases.map(deliveries.releaseDelivery))),
    loadDelivery: (lease) => reads.loadDelivery(reader, lease),
    postponeDelivery: (lease, untilMs, nowMs) =>
      transactor.run(async (session) =>
        session.defer(deliveries.lockOrder(lease), deliveries.postponeDelivery(lease, untilMs, nowMs)),
      ),
    recordDelivery: (writes) => transactor.run((session) => record(session, writes)),
    async countPendingDeliveries() {
      return (await reader.first<{ readonly count: number }>(reads.countPending()))?.count ?? 0;
    },
  };
}

/** All claims in one round trip: each endpoint may fill what is left, and what is too much is not taken. */
async function claimFairly(session: Session, claim: DeliveryClaim): Promise<readonly WebhookDelivery[]> {
  const due = await session.query<{ readonly endpoint_id: string }>(deliveries.findDueEndpoints(claim.nowMs));
  const rows: SequencedRow[] = [];
  for (const { endpoint_id: endpointId } of due) {
    const room = Math.min(
      claim.limit - rows.length,
      claim.roomByEndpoint[endpointId] ?? claim.limitPerEndpoint,
    );
    if (room > 0) {
      rows.push(...(await session.query<SequencedRow>(deliveries.claimDeliveries(claim, endpointId, room))));
    }
    if (rows.length >= claim.limit) break;
  }
  return rows.sort((a, b) => a.seq - b.seq).map(toDelivery);
}

async function record(session: Session, writes: DeliveryWrites): Promise<DeliveryRecord | undefined> {
  const [, recorded] = await session.queryAll(
    deliveries.lockOrder(writes),
    deliveries.recordDelivery(writes),
  );
  const subjectId = recorded?.rows[0]?.subject_id;
  if (typeof subjectId !== 'string') return undefined;
  const { endpoint, endpointId, updatedAtMs, state } = writes;
  let isNextDue = false;
  if (state !== 'pending') {
    isNextDue = (await session.query(deliveries.wakeNext(endpointId, subjectId, updatedAtMs))).length > 0;
  }
  if (!endpoint) return { isNextDue, isEndpointDisabled: false };
  const changed = await session.query(endpoints.recordHealth(endpointId, endpoint, updatedAtMs));
  const isEndpointDisabled = endpoint.disables !== undefined && changed.length > 0;
  if (isEndpointDisabled && endpoint.disables) session.defer(...appendEvents([endpoint.disables.event]));
  return { isNextDue, isEndpointDisabled };
}
