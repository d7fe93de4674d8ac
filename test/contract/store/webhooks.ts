/** Deliveries: written with their events, claimed fairly, fenced, in order, listed and replayed. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Event } from '../../../src/core/events.ts';
import type { WebhookDelivery, WebhookEndpoint } from '../../../src/core/webhook.ts';
import type { DeliveryClaim, DeliveryWrites } from '../../../src/engine/ports/webhook-store.ts';
import type { Store } from '../../../src/engine/ports.ts';
import type { StoreFixtures } from '../../support/store-fixtures.ts';
import { type OpenDatabase, onStore } from './database.ts';
import { normal } from './normal.ts';

const LEASE_MS = 30_000;

const claim = (store: Store, nowMs: number, rest: Partial<DeliveryClaim> = {}) =>
  store.claimDeliveries({
    node: 'a',
    nowMs,
    leaseUntilMs: nowMs + LEASE_MS,
    limit: 100,
    limitPerEndpoint: 50,
    roomByEndpoint: {},
    ...rest,
  });

const append = (store: Store, event: Event, ...deliveries: readonly WebhookDelivery[]) =>
  store.transaction((tx) => tx.appendEvents([{ ...event, deliveries }]));

/** As many events of one verification, each with one delivery. */
async function appendSeries(
  store: Store,
  make: StoreFixtures,
  endpoint: WebhookEndpoint,
  count: number,
  rest: Partial<WebhookDelivery> = {},
): Promise<readonly WebhookDelivery[]> {
  const verificationId = make.makeId();
  const made: WebhookDelivery[] = [];
  for (let index = 0; index < count; index += 1) {
    const event = make.event({ verificationId });
    const delivery = make.delivery(endpoint, event, rest);
    await append(store, event, delivery);
    made.push(delivery);
  }
  return made;
}

function settle(delivery: WebhookDelivery | undefined, rest: Partial<DeliveryWrites> = {}): DeliveryWrites {
  assert.ok(delivery?.lease);
  return {
    deliveryId: delivery.id,
    endpointId: delivery.endpointId,
    lease: delivery.lease,
    state: 'delivered',
    attemptCount: delivery.attemptCount + 1,
    lastStatus: 204,
    updatedAtMs: delivery.updatedAtMs + 1,
    ...rest,
  };
}

const leaseOf = (delivery: WebhookDelivery | undefined) => {
  assert.ok(delivery?.lease);
  return { deliveryId: delivery.id, lease: delivery.lease };
};
const ids = (deliveries: readonly WebhookDelivery[]) => deliveries.map(({ id }) => id);
const RECORDED = { isNextDue: false, isEndpointDisabled: false };

export function describeWebhooks(open: OpenDatabase): void {
  describe('webhook deliveries', () => {
    it(
      'a delivery is written with its event, and not at all where the transaction is lost',
      onStore(open, async ({ store, make }) => {
        const endpoint = make.endpoint();
        const event = make.event({ verificationId: make.makeId() });
        const lease = { node: 'b', number: 1, untilMs: make.nowMs + LEASE_MS };
        const delivery = make.delivery(endpoint, event, { lease });
        await append(store, event, delivery);
        assert.deepEqual(await store.findDelivery(event.tenantId, delivery.id), delivery);
        assert.equal(await store.findDelivery(make.makeId(), delivery.id), undefined);
        assert.deepEqual(await store.findEvent(event.tenantId, event.id), event);
        const lost = make.event();
        const rejected = store.transaction(async (tx) => {
          await tx.appendEvents([{ ...lost, deliveries: [make.delivery(endpoint, lost)] }]);
          throw new Error('no');
        });
        await assert.rejects(rejected, /no/);
        assert.equal(await store.countPendingDeliveries(), 1);
      }),
    );

    it(
      'what is due is claimed once, whoever asks, and again when its lease has run out',
      onStore(open, async ({ database, store, make }) => {
        const other = await database.open();
        const endpoint = make.endpoint();
        const due = await appendSeries(store, make, endpoint, 20);
        await appendSeries(store, make, endpoint, 1, { nextAttemptAtMs: make.nowMs + 1 });
        const claimed = await Promise.all([
          claim(store, make.nowMs, { limit: 12 }),
          claim(other, make.nowMs, { node: 'b', limit: 12 }),
        ]);
        assert.deepEqual(ids(claimed.flat()).sort(), ids(due));
        assert.deepEqual(
          await claim(store, make.nowMs + LEASE_MS - 1, { roomByEndpoint: { [endpoint.id]: 0 } }),
          [],
        );
        const again = await claim(store, make.nowMs + LEASE_MS);
        assert.equal(again.length, 21);
        assert.equal(again.find(({ id }) => id === due[0]?.id)?.lease?.number, 2);
      }),
    );

    it(
      'one endpoint’s backlog leaves room for the others, and one without room is passed over',
      onStore(open, async ({ store, make }) => {
        const [busy, calm, full] = [make.endpoint(), make.endpoint(), make.endpoint()];
        await appendSeries(store, make, busy, 30, { nextAttemptAtMs: make.nowMs - 10 });
        await appendSeries(store, make, calm, 2);
        await appendSeries(store, make, full, 3);
        const roomByEndpoint = { [full.id]: 1 };
        const claimed = await claim(store, make.nowMs, { limit: 10, limitPerEndpoint: 5, roomByEndpoint });
        const of = (endpoint: WebhookEndpoint) =>
          claimed.filter(({ endpointId }) => endpointId === endpoint.id).length;
        assert.deepEqual([of(busy), of(calm), of(full)], [5, 2, 1]);
        assert.equal((await claim(store, make.nowMs, { limit: 3 })).length, 3);
      }),
    );

    it(
      'a claim is in the order of writing',
      onStore(open, async ({ store, make }) => {
        const endpoint = make.endpoint();
        const late = await appendSeries(store, make, endpoint, 2, { nextAttemptAtMs: make.nowMs });
        const early = await appendSeries(store, make, endpoint, 2, { nextAttemptAtMs: make.nowMs - 100 });
        assert.deepEqual(ids(await claim(store, make.nowMs)), ids([...late, ...early]));
      }),
    );

    it(
      'a worker whose lease was lost loads, records, postpones and releases nothing',
      onStore(open, async ({ store, make }) => {
        await appendSeries(store, make, make.endpoint(), 1);
        const [stale] = await claim(store, make.nowMs);
        const [fresh] = await claim(store, make.nowMs + LEASE_MS, { node: 'b' });
        assert.equal(await store.loadDelivery(leaseOf(stale)), undefined);
        assert.equal(await store.recordDelivery(settle(stale)), undefined);
        await store.postponeDelivery(leaseOf(stale), make.nowMs + 1, make.nowMs);
        await store.releaseDeliveries([leaseOf(stale)]);
        assert.deepEqual((await store.loadDelivery(leaseOf(fresh)))?.delivery, fresh);
        assert.deepEqual(await store.recordDelivery(settle(fresh)), RECORDED);
        assert.equal(await store.recordDelivery(settle(fresh)), undefined);
        assert.equal(await store.countPendingDeliveries(), 0);
      }),
    );

    it(
      'everything that an attempt needs is loaded at once',
      onStore(open, async ({ store, make }) => {
        const registered = make.endpoint();
        const { secretsSealed: _, ...named } = make.endpoint({ kind: 'request' });
        const verification = make.verification();
        const message = make.messageOf(verification);
        const event = make.event({ verificationId: verification.id, messageId: message.id });
        const deliveries = [make.delivery(registered, event), make.delivery(named, event)];
        await store.createEndpoint(registered, 5);
        const secrets = new Uint8Array([1, 2, 3]);
        await store.saveRequestSecrets(event.tenantId, secrets, undefined, make.nowMs);
        await store.transaction((tx) =>
          tx.saveSend({
            verification,
            message,
            counters: [],
            webhook: named,
            events: [{ ...event, deliveries }],
          }),
        );
        const [first, second] = await claim(store, make.nowMs);
        const byRegistered = await store.loadDelivery(leaseOf(first));
        assert.deepEqual(normal(byRegistered?.endpoint), normal(registered));
        assert.deepEqual(byRegistered?.event, event);
        assert.deepEqual(normal(byRegistered?.verification), normal(verification));
        assert.deepEqual(normal(byRegistered?.message), normal(message));
        assert.equal(byRegistered?.requestSecretsSealed, undefined);
        assert.equal(byRegistered?.earlierDueAtMs, undefined);
        const byRequest = await store.loadDelivery(leaseOf(second));
        assert.deepEqual(normal(byRequest?.endpoint), normal(named));
        assert.deepEqual(normal(byRequest?.requestSecretsSealed), normal(secrets));
        await store.deleteEndpoint(registered.tenantId, registered.id);
        assert.equal((await store.loadDelivery(leaseOf(first)))?.endpoint, undefined);
      }),
    );

    it(
      'an earlier pending delivery of the same endpoint and subject is seen, postponed behind, and wakes the next',
      onStore(open, async ({ store, make }) => {
        const endpoint = make.endpoint();
        const [first, second, third] = await appendSeries(store, make, endpoint, 3);
        await appendSeries(store, make, endpoint, 1);
        const claimed = await claim(store, make.nowMs);
        const held = (wanted: WebhookDelivery | undefined) => claimed.find(({ id }) => id === wanted?.id);
        const earlierOf = async (wanted: WebhookDelivery | undefined) =>
          (await store.loadDelivery(leaseOf(held(wanted))))?.earlierDueAtMs;
        const leasedUntilMs = make.nowMs + LEASE_MS;
        assert.deepEqual(
          [
            await earlierOf(first),
            await earlierOf(second),
            await earlierOf(third),
            await earlierOf(claimed.at(-1)),
          ],
          [undefined, leasedUntilMs, leasedUntilMs, undefined],
        );
        const untilMs = make.nowMs + 60_000;
        await store.postponeDelivery(leaseOf(held(second)), untilMs, make.nowMs);
        await store.postponeDelivery(leaseOf(held(third)), untilMs, make.nowMs);
        const nextAttemptAtMs = make.nowMs + 5_000;
        const retry = settle(held(first), {
          state: 'pending',
          nextAttemptAtMs,
          lastStatus: 503,
          failure: 'status-503',
        });
        assert.deepEqual(await store.recordDelivery(retry), RECORDED);
        assert.deepEqual(await claim(store, nextAttemptAtMs - 1), []);
        const [again] = await claim(store, nextAttemptAtMs);
        assert.deepEqual(
          [again?.id, again?.attemptCount, again?.lastStatus, again?.failure],
          [first?.id, 1, 503, 'status-503'],
        );
        const done = await store.recordDelivery(settle(again, { updatedAtMs: nextAttemptAtMs }));
        assert.deepEqual(done, { isNextDue: true, isEndpointDisabled: false });
        assert.deepEqual(ids(await claim(store, nextAttemptAtMs)), [second?.id]);
      }),
    );

    it(
      'a delivery postponed behind one that is settled meanwhile is due at once',
      onStore(open, async ({ store, make }) => {
        await appendSeries(store, make, make.endpoint(), 2);
        const [first, second] = await claim(store, make.nowMs);
        await store.recordDelivery(settle(first));
        await store.postponeDelivery(leaseOf(second), make.nowMs + 60_000, make.nowMs);
        assert.deepEqual(ids(await claim(store, make.nowMs)), [second?.id]);
      }),
    );

    it(
      'a released delivery may be claimed at once',
      onStore(open, async ({ store, make }) => {
        await appendSeries(store, make, make.endpoint(), 1);
        const [first] = await claim(store, make.nowMs);
        await store.releaseDeliveries([leaseOf(first)]);
        const [again] = await claim(store, make.nowMs, { node: 'b' });
        assert.deepEqual([again?.id, again?.lease?.number], [first?.id, 2]);
      }),
    );

    it(
      'an endpoint is failing from its first failure, and disabled only if nothing succeeded meanwhile',
      onStore(open, async ({ store, make }) => {
        const endpoint = make.endpoint();
        const { tenantId, id } = endpoint;
        await store.createEndpoint(endpoint, 5);
        await appendSeries(store, make, endpoint, 3);
        const [first, second, third] = await claim(store, make.nowMs);
        const failing = { failingSinceMs: make.nowMs };
        await store.recordDelivery(settle(first, { state: 'failed', endpoint: failing }));
        assert.equal((await store.findEndpoint(tenantId, id))?.failingSinceMs, make.nowMs);
        const event = make.event({ type: 'endpoint.disabled' });
        const disables = { reason: 'failing', event } as const;
        const outdated = { before: make.nowMs - 1, failingSinceMs: make.nowMs - 1, disables };
        const kept = await store.recordDelivery(settle(second, { state: 'failed', endpoint: outdated }));
        assert.equal(kept?.isEndpointDisabled, false);
        assert.equal(await store.findEvent(tenantId, event.id), undefined);
        const known = await store.loadSubscriptions(undefined);
        const timely = { before: make.nowMs, failingSinceMs: make.nowMs, disables };
        const disabled = await store.recordDelivery(settle(third, { state: 'failed', endpoint: timely }));
        assert.equal(disabled?.isEndpointDisabled, true);
        const found = await store.findEndpoint(tenantId, id);
        assert.deepEqual([found?.state, found?.disabledReason, found?.version], ['disabled', 'failing', 2]);
        assert.deepEqual(await store.findEvent(tenantId, event.id), event);
        assert.deepEqual((await store.loadSubscriptions(known?.generation))?.subscriptions, []);
      }),
    );

    it(
      'a success ends a failing spell',
      onStore(open, async ({ store, make }) => {
        const endpoint = make.endpoint({ failingSinceMs: make.nowMs - 5 });
        await store.createEndpoint(endpoint, 5);
        await appendSeries(store, make, endpoint, 1);
        const [only] = await claim(store, make.nowMs);
        await store.recordDelivery(settle(only, { endpoint: { before: make.nowMs - 5 } }));
        const found = await store.findEndpoint(endpoint.tenantId, endpoint.id);
        assert.equal(found?.failingSinceMs, undefined);
      }),
    );

    it(
      'deliveries are listed newest first, page by page, by endpoint, by state, and those to named URLs together',
      onStore(open, async ({ store, make }) => {
        const endpoint = make.endpoint();
        const named = make.endpoint({ kind: 'request' });
        const made = await appendSeries(store, make, endpoint, 5);
        const toNamed = await appendSeries(store, make, named, 2);
        const [first, second] = await claim(store, make.nowMs);
        await store.recordDelivery(settle(first));
        await store.recordDelivery(
          settle(second, { state: 'failed', failure: 'status-500', lastStatus: 500 }),
        );
        const { tenantId } = endpoint;
        const target = { endpointId: endpoint.id };
        const page = async (beforeId?: string) =>
          ids(await store.listDeliveries(tenantId, { target }, { limit: 3, beforeId }));
        const newestFirst = ids(made).reverse();
        assert.deepEqual(await page(), newestFirst.slice(0, 3));
        assert.deepEqual(await page(newestFirst[2]), newestFirst.slice(3));
        const failed = await store.listDeliveries(tenantId, { target, state: 'failed' }, { limit: 9 });
        assert.deepEqual([failed.length, failed[0]?.id, failed[0]?.failure], [1, second?.id, 'status-500']);
        const requests = await store.listDeliveries(tenantId, { target: 'requests' }, { limit: 9 });
        assert.deepEqual(ids(requests), ids(toNamed).reverse());
        assert.deepEqual(await store.listDeliveries(make.makeId(), { target }, { limit: 9 }), []);
      }),
    );

    it(
      'failed deliveries since an instant are replayed with all their attempts before them; one alone whatever it was',
      onStore(open, async ({ store, make }) => {
        const endpoint = make.endpoint();
        const { tenantId } = endpoint;
        await appendSeries(store, make, endpoint, 1, { createdAtMs: make.nowMs - 1_000 });
        await appendSeries(store, make, endpoint, 3);
        const [old, second, third, delivered] = await claim(store, make.nowMs);
        for (const each of [old, second, third]) {
          await store.recordDelivery(settle(each, { state: 'failed', failure: 'timeout' }));
        }
        await store.recordDelivery(settle(delivered));
        const nowMs = make.nowMs + 1_000_000;
        const since = {
          kind: 'failed-since',
          target: { endpointId: endpoint.id },
          sinceMs: make.nowMs,
        } as const;
        assert.equal(await store.replayDeliveries(make.makeId(), since, nowMs, 5), 0);
        assert.equal(await store.replayDeliveries(tenantId, { ...since, target: 'requests' }, nowMs, 5), 0);
        assert.equal(await store.replayDeliveries(tenantId, since, nowMs, 1), 1);
        assert.equal(await store.replayDeliveries(tenantId, since, nowMs, 5), 1);
        assert.equal(await store.replayDeliveries(tenantId, since, nowMs, 5), 0);
        const one = { kind: 'one', deliveryId: delivered?.id ?? '' } as const;
        assert.equal(await store.replayDeliveries(make.makeId(), one, nowMs, 1), 0);
        assert.equal(await store.replayDeliveries(tenantId, one, nowMs, 1), 1);
        assert.equal(await store.replayDeliveries(tenantId, one, nowMs, 1), 0);
        const claimed = await claim(store, nowMs);
        assert.deepEqual(ids(claimed), ids([second, third, delivered].flatMap((each) => each ?? [])));
        const { attemptCount, startedAtMs, createdAtMs, lease } = claimed[0] ?? {};
        assert.deepEqual([attemptCount, startedAtMs, createdAtMs, lease?.number], [0, nowMs, make.nowMs, 2]);
        assert.equal(claimed[0]?.failure, undefined);
      }),
    );

    it(
      'finished deliveries go with retention; pending ones stay',
      onStore(open, async ({ store, make }) => {
        const endpoint = make.endpoint();
        const [gone, pending] = await appendSeries(store, make, endpoint, 2);
        const [first] = await claim(store, make.nowMs);
        await store.recordDelivery(settle(first));
        await store.deleteOld(make.nowMs + 1, 100);
        assert.equal(await store.findDelivery(endpoint.tenantId, gone?.id ?? ''), undefined);
        assert.ok(await store.findDelivery(endpoint.tenantId, pending?.id ?? ''));
      }),
    );
  });
}
