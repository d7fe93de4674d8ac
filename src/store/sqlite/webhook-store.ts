/** The store's methods for webhooks, each on the connection and in the kind of transaction that it needs. */
import type { WebhookStore } from '../../engine/ports/webhook-store.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Tables } from './transaction.ts';
import type { DeliveryTable } from './webhook-deliveries.ts';
import type { createEndpointReads } from './webhook-endpoints.ts';
import type { createDeliveryReads } from './webhook-reads.ts';

export interface WebhookTables {
  readonly deliveries: DeliveryTable;
  readonly tables: Tables;
  readonly endpointReads: ReturnType<typeof createEndpointReads>;
  readonly deliveryReads: ReturnType<typeof createDeliveryReads>;
}

export function createWebhookMethods(
  commits: Pick<GroupCommit, 'run'>,
  { deliveries, tables, endpointReads, deliveryReads }: WebhookTables,
): WebhookStore {
  const { endpoints, appendEvents } = tables;
  return {
    createEndpoint: (endpoint, limit) => commits.run(() => endpoints.create(endpoint, limit)),
    findEndpoint: async (tenantId, id) => endpointReads.find(tenantId, id),
    listEndpoints: async (tenantId) => endpointReads.list(tenantId),
    saveEndpoint: (endpoint, beforeVersion) => commits.run(() => endpoints.save(endpoint, beforeVersion)),
    deleteEndpoint: (tenantId, id) => commits.run(() => endpoints.remove(tenantId, id)),
    loadSubscriptions: async (knownGeneration) => endpointReads.loadSubscriptions(knownGeneration),
    findRequestSecrets: async (tenantId) => endpointReads.findSecrets(tenantId),
    saveRequestSecrets: (tenantId, sealed, before, nowMs) =>
      commits.run(() => endpoints.saveSecrets(tenantId, sealed, before, nowMs)),

    findDelivery: async (tenantId, id) => deliveryReads.find(tenantId, id),
    listDeliveries: async (tenantId, filter, page) => deliveryReads.list(tenantId, filter, page),
    replayDeliveries: (...replay) => commits.run(() => deliveries.replay(...replay)),

    claimDeliveries: (claim) => commits.run(() => deliveries.claim(claim)),
    releaseDeliveries: (leases) =>
      commits.run(() => {
        for (const lease of leases) deliveries.release(lease);
      }),
    loadDelivery: async (lease) => deliveryReads.load(lease),
    postponeDelivery: (...postponement) => commits.run(() => deliveries.postpone(...postponement)),
    recordDelivery: (writes) =>
      commits.run(() => {
        const isNextDue = deliveries.record(writes);
        if (isNextDue === undefined) return undefined;
        const { endpoint, endpointId, updatedAtMs } = writes;
        const isEndpointDisabled = endpoint
          ? endpoints.recordHealth(endpointId, endpoint, updatedAtMs)
          : false;
        if (isEndpointDisabled && endpoint?.disables) appendEvents([endpoint.disables.event]);
        return { isNextDue, isEndpointDisabled };
      }),
    countPendingDeliveries: async () => deliveryReads.countPending(),
  };
}
