/** Endpoints: whose they are, how they change, and how nodes notice. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type OpenDatabase, onStore } from './database.ts';
import { normal } from './normal.ts';

export function describeWebhookEndpoints(open: OpenDatabase): void {
  describe('webhook endpoints', () => {
    it(
      'an endpoint comes back as it was written, to its own tenant only',
      onStore(open, async ({ store, make }) => {
        const full = make.endpoint({
          eventTypes: ['verification.approved'],
          format: 'zignsec',
          description: 'billing',
          state: 'disabled',
          disabledReason: 'failing',
          failingSinceMs: make.nowMs - 5,
        });
        const plain = make.endpoint();
        await store.createEndpoint(full, 5);
        await store.createEndpoint(plain, 5);
        assert.deepEqual(normal(await store.findEndpoint(full.tenantId, full.id)), normal(full));
        assert.deepEqual(normal(await store.findEndpoint(plain.tenantId, plain.id)), normal(plain));
        assert.equal(await store.findEndpoint(make.makeId(), full.id), undefined);
        assert.deepEqual(normal(await store.listEndpoints(full.tenantId)), normal([full, plain]));
        assert.deepEqual(await store.listEndpoints(make.makeId()), []);
      }),
    );

    it(
      'a tenant has no more endpoints than the limit, however many calls ask at once',
      onStore(open, async ({ database, store, make }) => {
        const other = await database.open();
        const asked = Array.from({ length: 6 }, (_, index) =>
          (index % 2 ? other : store).createEndpoint(make.endpoint(), 2),
        );
        const settled = await Promise.allSettled(asked);
        const refused = settled.filter(({ status }) => status === 'rejected');
        assert.deepEqual(
          refused.map((each) => (each as PromiseRejectedResult).reason.code),
          Array(4).fill('conflict'),
        );
        assert.equal((await store.listEndpoints(make.endpoint().tenantId)).length, 2);
        await store.createEndpoint(make.endpoint({ tenantId: make.makeId() }), 2);
      }),
    );

    it(
      'a change is made on the version that it was decided on, or not at all',
      onStore(open, async ({ store, make }) => {
        const endpoint = make.endpoint({ eventTypes: ['verification.approved'] });
        await store.createEndpoint(endpoint, 5);
        const { eventTypes: _, ...changed } = { ...endpoint, description: 'new', version: 2 };
        assert.equal(await store.saveEndpoint(changed, 1), true);
        assert.equal(await store.saveEndpoint({ ...endpoint, description: 'late', version: 2 }, 1), false);
        assert.deepEqual(normal(await store.findEndpoint(endpoint.tenantId, endpoint.id)), normal(changed));
        assert.equal(await store.deleteEndpoint(make.makeId(), endpoint.id), false);
        assert.equal(await store.deleteEndpoint(endpoint.tenantId, endpoint.id), true);
        assert.equal(await store.deleteEndpoint(endpoint.tenantId, endpoint.id), false);
        assert.equal(await store.saveEndpoint({ ...changed, version: 3 }, 2), false);
      }),
    );

    it(
      'subscriptions are those of active registered endpoints, loaded again only after a change',
      onStore(open, async ({ database, store, make }) => {
        const other = await database.open();
        const wanting = make.endpoint({ eventTypes: ['message.delivered'] });
        const disabled = make.endpoint({ state: 'disabled', disabledReason: 'by-tenant' });
        await store.createEndpoint(wanting, 5);
        await store.createEndpoint(disabled, 5);
        const { id, tenantId, eventTypes, format } = wanting;
        const first = await other.loadSubscriptions(undefined);
        assert.deepEqual(first?.subscriptions, [{ id, tenantId, eventTypes, format }]);
        assert.equal(await other.loadSubscriptions(first?.generation), undefined);
        await store.saveEndpoint({ ...wanting, state: 'disabled', version: 2 }, 1);
        const second = await other.loadSubscriptions(first?.generation);
        assert.deepEqual(second?.subscriptions, []);
        assert.ok((second?.generation ?? 0) > (first?.generation ?? 0));
        await store.deleteEndpoint(tenantId, id);
        assert.ok(await other.loadSubscriptions(second?.generation));
      }),
    );

    it(
      'a URL that calls name has one row, which is no endpoint of the lists and goes when it is not used',
      onStore(open, async ({ store, make }) => {
        const { secretsSealed: _, ...named } = make.endpoint({ kind: 'request' });
        const send = (webhook: typeof named) =>
          store.transaction((tx) =>
            tx.saveSend({ message: make.message(), counters: [], events: [], webhook }),
          );
        await send(named);
        await send({ ...named, urlSealed: make.endpoint().urlSealed, updatedAtMs: make.nowMs + 7_200_000 });
        assert.deepEqual(await store.listEndpoints(named.tenantId), []);
        const used = { ...named, updatedAtMs: make.nowMs + 7_200_000 };
        assert.deepEqual(normal(await store.findEndpoint(named.tenantId, named.id)), normal(used));
        assert.equal(await store.findEndpoint(make.makeId(), named.id), undefined);
        assert.equal(await store.deleteEndpoint(named.tenantId, named.id), false);
        assert.deepEqual((await store.loadSubscriptions(undefined))?.subscriptions, []);
        const rows = await store.scanSealed('webhook_endpoints', '', 10);
        assert.deepEqual(normal(rows), normal([{ id: named.id, toSealed: named.urlSealed }]));
        assert.equal(await store.deleteOld(make.nowMs + 7_200_000, 10), 0);
        assert.equal(await store.deleteOld(make.nowMs + 7_200_001, 10), 1);
        assert.deepEqual(await store.scanSealed('webhook_endpoints', '', 10), []);
      }),
    );

    it(
      'the secrets for such URLs are written once and then replaced only by whoever knows them',
      onStore(open, async ({ store, make }) => {
        const { tenantId } = make.endpoint();
        const [first, second, third] = [1, 2, 3].map((byte) => new Uint8Array([byte, byte]));
        assert.ok(first && second && third);
        assert.equal(await store.findRequestSecrets(tenantId), undefined);
        assert.equal(await store.saveRequestSecrets(tenantId, first, undefined, make.nowMs), true);
        assert.equal(await store.saveRequestSecrets(tenantId, second, undefined, make.nowMs), false);
        assert.equal(await store.saveRequestSecrets(tenantId, second, first, make.nowMs), true);
        assert.equal(await store.saveRequestSecrets(tenantId, third, first, make.nowMs), false);
        assert.deepEqual(normal(await store.findRequestSecrets(tenantId)), normal(second));
        const row = { id: tenantId, toSealed: second };
        assert.deepEqual(normal(await store.scanSealed('webhook_secrets', '', 10)), normal([row]));
        assert.equal(await store.replaceSealed('webhook_secrets', { ...row, toSealed: third }, row), true);
        assert.deepEqual(normal(await store.findRequestSecrets(tenantId)), normal(third));
      }),
    );
  });
}
