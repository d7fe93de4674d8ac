/** Webhooks, fallbacks, devices and slots. Part of session.ts; what an older release did not have yet it leaves out. */
import type { Device, DeviceVerification } from '../../src/core/device.ts';
import type { WebhookDelivery } from '../../src/core/webhook.ts';
import type { Store } from '../../src/engine/ports.ts';
import { createStoreFixtures } from '../support/store-fixtures.ts';
import type { Part } from './session.ts';

const LEASE_MS = 30_000;

export function webhookPart(): Part {
  const make = createStoreFixtures('webhooks');
  const endpoint = make.endpoint({ eventTypes: ['verification.approved'], description: 'billing' });
  const { tenantId } = endpoint;
  const gone = make.endpoint({ tenantId });
  const verification = make.verification({ tenantId, state: 'approved', settledAtMs: make.nowMs });
  const message = make.messageOf(verification, { state: 'delivered' });
  const events = [1, 2, 3, 4].map(() =>
    make.event({ tenantId, verificationId: verification.id, messageId: message.id }),
  );
  const deliveries = events.map((event) => make.delivery(endpoint, event));
  const of = (number: number): WebhookDelivery => {
    const delivery = deliveries[number - 1];
    if (!delivery) throw new Error(`no delivery ${number}`);
    return delivery;
  };
  const leaseOf = (number: number, lease = 1) => ({
    deliveryId: of(number).id,
    lease: { node: 'a', number: lease, untilMs: make.nowMs + LEASE_MS },
  });
  const claim = (store: Store, nowMs = make.nowMs) =>
    store.claimDeliveries({
      ...{ node: 'a', nowMs, leaseUntilMs: nowMs + LEASE_MS },
      ...{ limit: 10, limitPerEndpoint: 10, roomByEndpoint: {} },
    });
  const record = (store: Store, number: number, state: 'delivered' | 'failed' | 'pending', lease = 1) =>
    store.recordDelivery({
      ...leaseOf(number, lease),
      ...{ endpointId: endpoint.id, state, attemptCount: 1, updatedAtMs: make.nowMs },
      ...(state === 'delivered' ? { lastStatus: 204 } : { lastStatus: 500, failure: 'status-500' }),
      ...(state === 'pending' && { nextAttemptAtMs: make.nowMs + 60_000 }),
      ...(state === 'failed' && { endpoint: { failingSinceMs: make.nowMs } }),
    });
  const sealed = (byte: number) => new Uint8Array([byte, byte]);
  return {
    async first(store) {
      for (const each of [endpoint, gone]) await store.createEndpoint(each, 5);
      await store.saveEndpoint({ ...endpoint, description: 'new', version: 2 }, 1);
      await store.saveRequestSecrets(tenantId, sealed(1), undefined, make.nowMs);
      await store.transaction((tx) => tx.saveSend({ verification, message, counters: [], events: [] }));
      for (const [index, event] of events.entries()) {
        const ofEvent = deliveries.slice(index, index + 1);
        await store.transaction((tx) => tx.appendEvents([{ ...event, deliveries: ofEvent }]));
      }
      await claim(store);
      await record(store, 1, 'failed');
    },
    second: async (store) => [
      await store.loadSubscriptions(undefined).then((found) => found?.subscriptions),
      await store.findEndpoint(tenantId, endpoint.id),
      await store.listEndpoints(tenantId),
      await store.deleteEndpoint(tenantId, gone.id),
      await store.saveEndpoint({ ...endpoint, version: 3 }, 1),
      await store.findRequestSecrets(tenantId),
      await store.saveRequestSecrets(tenantId, sealed(2), sealed(1), make.nowMs),
      await store.scanSealed('webhook_endpoints', '', 10).then((rows) => rows.map(({ id }) => id)),
      await store.scanSealed('webhook_secrets', '', 10),
      await store.countPendingDeliveries(),
      await store.loadDelivery(leaseOf(2)),
      await store.loadDelivery(leaseOf(2, 7)),
      await record(store, 2, 'delivered'),
      await record(store, 3, 'pending'),
      await store.postponeDelivery(leaseOf(4), make.nowMs + 60_000, make.nowMs),
      await claim(store, make.nowMs + 60_000),
      await store.releaseDeliveries([leaseOf(3, 2), leaseOf(4, 2)]),
      await store.findDelivery(tenantId, of(3).id),
      await store.listDeliveries(tenantId, { target: { endpointId: endpoint.id } }, { limit: 9 }),
      await store.listDeliveries(tenantId, { target: 'requests', state: 'failed' }, { limit: 9 }),
      await store.replayDeliveries(
        tenantId,
        { kind: 'failed-since', target: { endpointId: endpoint.id }, sinceMs: 0 },
        ...([make.nowMs, 9] as const),
      ),
      await store.replayDeliveries(tenantId, { kind: 'one', deliveryId: of(2).id }, make.nowMs, 9),
      await store.listDeliveries(
        tenantId,
        { target: { endpointId: endpoint.id }, state: 'pending' },
        { limit: 9 },
      ),
    ],
  };
}

export function fallbackPart(): Part {
  const make = createStoreFixtures('fallbacks');
  const fallback = { verificationId: make.makeId(), tenantId: make.makeId(), step: 0, dueAtMs: make.nowMs };
  return {
    first: (store) => store.transaction((tx) => tx.saveFallback(fallback)),
    second: async (store) => [
      await store.listDueFallbacks(make.nowMs, 10),
      await store.transaction((tx) => tx.loadFallback(fallback.verificationId)),
      await store.transaction((tx) => tx.saveFallback({ ...fallback, step: 1, dueAtMs: make.nowMs + 1 })),
      await store.listDueFallbacks(make.nowMs + 1, 10),
      await store.transaction((tx) => tx.deleteFallback(fallback.verificationId)),
    ],
  };
}

export function devicePart(): Part {
  const make = createStoreFixtures('devices');
  const [tenantId, subjectId] = [make.makeId(), make.makeId()];
  const device = (rest: Partial<Device> = {}): Device => ({
    ...{ id: make.makeId(), tenantId, subjectId, state: 'activation-required' },
    ...{ createdAtMs: make.nowMs, expiresAtMs: make.nowMs + 1000 },
    ...{ contentSealed: new Uint8Array([1, 2, 3]), ...rest },
  });
  const [active, waiting, stale, removed] = [device(), device(), device({ expiresAtMs: 1 }), device()];
  const verification: DeviceVerification = {
    ...{ id: make.makeId(), tenantId, subjectId, deviceId: active.id, state: 'pending', checkCount: 0 },
    ...{ createdAtMs: make.nowMs, expiresAtMs: make.nowMs + 1000, details: { policy: { checksMax: 3 } } },
  };
  const { id } = verification;
  return {
    async first(store) {
      if (!store.listDevices) return;
      await store.transaction(async (tx) => {
        for (const each of [active, waiting, stale, removed]) await tx.insertDevice(each);
        await tx.activateDevice(active.id, 5, make.nowMs);
        await tx.insertDeviceVerification(verification);
      });
    },
    async second(store) {
      if (!store.listDevices) return [];
      const written = await store.transaction(async (tx) => [
        await tx.loadDeviceVerification(tenantId, id),
        await tx.loadSubject(tenantId, subjectId),
        await tx.useDeviceStep(active.id, 5),
        await tx.useDeviceStep(active.id, 6),
        await tx.activateDevice(waiting.id, 5, make.nowMs),
        await tx.activateDevice(active.id, 7, make.nowMs),
        await tx.saveDeviceVerification({ id, checkCount: 1, state: 'approved', settledAtMs: make.nowMs }),
        await tx.saveDeviceVerification({ id, checkCount: 2, state: 'locked', settledAtMs: make.nowMs }),
        await tx.deleteDevices([removed.id]),
      ]);
      return [
        ...written,
        await store.scanSealed('devices', '', 10),
        await store.deleteStaleDevices({ nowMs: 1, beforeMs: 1 }, 10),
        await store.listDevices(tenantId, subjectId),
      ];
    },
  };
}

export function slotPart(): Part {
  const make = createStoreFixtures('slots');
  const claim = (store: Store, node: string, nowMs: number) =>
    store.claimSlots?.({
      ...{ carrier: 'main', total: 4, atMost: 4, node, nowMs },
      leaseUntilMs: nowMs + LEASE_MS,
    });
  return {
    async first(store) {
      await claim(store, 'a', make.nowMs);
    },
    second: async (store) => [
      await claim(store, 'b', make.nowMs),
      await claim(store, 'a', make.nowMs + 1),
      await claim(store, 'b', make.nowMs + 2),
    ],
  };
}
