/** Claims, leases and the fencing of what they protect. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Message } from '../../../src/core/delivery.ts';
import type { AttemptWrites, Store } from '../../../src/engine/ports.ts';
import { type OpenDatabase, onStore } from './database.ts';

const LEASE_MS = 30_000;

export function describeOutbox(open: OpenDatabase): void {
  describe('outbox', () => {
    const save = async (store: Store, ...messages: readonly Message[]) => {
      for (const message of messages)
        await store.transaction((tx) => tx.saveSend({ message, counters: [], events: [] }));
    };
    const claim = (store: Store, node: string, nowMs: number, limit = 100) =>
      store.claimMessages({ node, nowMs, leaseUntilMs: nowMs + LEASE_MS, limit });
    const attempt = (message: Message | undefined, rest: Partial<AttemptWrites> = {}): AttemptWrites => {
      assert.ok(message?.lease);
      return {
        messageId: message.id,
        lease: message.lease,
        keepsLease: false,
        state: 'accepted',
        attemptCount: message.attemptCount + 1,
        triedCarriers: message.triedCarriers,
        erasesContent: false,
        isRefunded: false,
        submissions: [],
        updatedAtMs: message.updatedAtMs + 1,
        events: [],
        ...rest,
      };
    };
    const record = (store: Store, writes: AttemptWrites) =>
      store.transaction((tx) => tx.recordAttempt(writes));

    it(
      'due messages are claimed oldest first, those not yet due and those finished are left',
      onStore(open, async ({ store, make }) => {
        const due = (offsetMs: number) => make.message({ nextAttemptAtMs: make.nowMs + offsetMs });
        const [second, first, future] = [due(-5), due(-10), due(1)];
        const { nextAttemptAtMs: _, ...rest } = make.message({ state: 'delivered' });
        await save(store, second, first, future, rest);
        assert.equal(await store.countQueued(), 3);
        const claimed = await claim(store, 'a', make.nowMs);
        assert.deepEqual(
          claimed.map(({ id }) => id),
          [first.id, second.id],
        );
        const lease = { node: 'a', number: 1, untilMs: make.nowMs + LEASE_MS };
        assert.deepEqual(claimed[0]?.lease, lease);
        assert.ok(claimed[0]?.contentSealed);
      }),
    );

    it(
      'a claim takes no more than its limit',
      onStore(open, async ({ store, make }) => {
        await save(store, make.message(), make.message(), make.message());
        assert.equal((await claim(store, 'a', make.nowMs, 2)).length, 2);
        assert.equal((await claim(store, 'a', make.nowMs, 2)).length, 1);
      }),
    );

    it(
      'a message under a live lease is not claimed; at the instant it ends it is, with a greater number',
      onStore(open, async ({ store, make }) => {
        const lease = { node: 'a', number: 1, untilMs: make.nowMs + LEASE_MS };
        await save(store, make.message({ lease }));
        assert.deepEqual(await claim(store, 'b', lease.untilMs - 1), []);
        const [taken] = await claim(store, 'b', lease.untilMs);
        assert.deepEqual(taken?.lease, { node: 'b', number: 2, untilMs: lease.untilMs + LEASE_MS });
      }),
    );

    it(
      'who lost its lease writes nothing',
      onStore(open, async ({ store, make }) => {
        await save(store, make.message());
        const [late] = await claim(store, 'a', make.nowMs);
        const [current] = await claim(store, 'b', make.nowMs + LEASE_MS);
        assert.ok(late && current);
        const event = make.event({ tenantId: late.tenantId, messageId: late.id });
        const submission = make.submission(late, { carrierMessageId: 'late' });
        assert.equal(
          await record(store, attempt(late, { events: [event], submissions: [submission] })),
          false,
        );
        assert.equal((await store.findMessage(late.tenantId, late.id))?.state, 'queued');
        assert.equal(await store.findEvent(late.tenantId, event.id), undefined);
        assert.equal(await store.transaction((tx) => tx.loadReceipt('main', 'late')), undefined);
        assert.equal(await record(store, attempt(current)), true);
      }),
    );

    it(
      'the same node is fenced off too, once it has claimed the message again',
      onStore(open, async ({ store, make }) => {
        await save(store, make.message());
        const [late] = await claim(store, 'a', make.nowMs);
        await claim(store, 'a', make.nowMs + LEASE_MS);
        assert.equal(await record(store, attempt(late)), false);
      }),
    );

    it(
      'an attempt is written whole, ends the lease and erases the content when told',
      onStore(open, async ({ store, make }) => {
        await save(store, make.message());
        const [claimed] = await claim(store, 'a', make.nowMs);
        const nextAttemptAtMs = make.nowMs + 2000;
        const refused = attempt(claimed, {
          state: 'queued',
          triedCarriers: ['main'],
          nextAttemptAtMs,
          failure: 'throttled',
        });
        assert.equal(await record(store, refused), true);
        assert.deepEqual(await claim(store, 'b', nextAttemptAtMs - 1), []);
        const [again] = await claim(store, 'b', nextAttemptAtMs);
        assert.deepEqual(
          [again?.attemptCount, again?.triedCarriers, again?.details.failure, again?.lease?.number],
          [1, ['main'], 'throttled', 2],
        );
        await record(store, attempt(again, { carrier: 'spare', erasesContent: true }));
        const { tenantId, id } = refused.messageId === again?.id ? again : assert.fail();
        const accepted = await store.findMessage(tenantId, id);
        assert.deepEqual(
          [accepted?.state, accepted?.carrier, accepted?.attemptCount],
          ['accepted', 'spare', 2],
        );
        assert.deepEqual(
          [accepted?.lease, accepted?.nextAttemptAtMs, accepted?.contentSealed, accepted?.details.failure],
          [undefined, undefined, undefined, undefined],
        );
        assert.equal(await store.countQueued(), 0);
      }),
    );

    it(
      'who goes on with a message keeps its lease, under the same number',
      onStore(open, async ({ store, make }) => {
        await save(store, make.message());
        const [claimed] = await claim(store, 'a', make.nowMs);
        const nextAttemptAtMs = make.nowMs;
        const first = attempt(claimed, { state: 'queued', nextAttemptAtMs, keepsLease: true });
        assert.equal(await record(store, first), true);
        assert.deepEqual(await claim(store, 'b', make.nowMs), []);
        assert.equal(await record(store, attempt(claimed, { attemptCount: 2 })), true);
        assert.equal(await record(store, attempt(claimed, { attemptCount: 3 })), false);
      }),
    );

    it(
      'what is released may be claimed at once, and only its holder releases it',
      onStore(open, async ({ store, make }) => {
        await save(store, make.message());
        const [held] = await claim(store, 'a', make.nowMs);
        assert.ok(held?.lease);
        await store.releaseMessages([{ messageId: held.id, lease: { ...held.lease, node: 'b' } }]);
        await store.releaseMessages([{ messageId: held.id, lease: { ...held.lease, number: 7 } }]);
        assert.deepEqual(await claim(store, 'b', make.nowMs), []);
        await store.releaseMessages([{ messageId: held.id, lease: held.lease }]);
        const [taken] = await claim(store, 'b', make.nowMs);
        assert.equal(taken?.lease?.number, held.lease.number + 1);
      }),
    );

    it(
      'a message canceled while its attempt was under way may be accepted after all but is not queued again',
      onStore(open, async ({ store, make }) => {
        const verification = make.verification();
        const [one, other] = [make.messageOf(verification), make.messageOf(verification)];
        await store.transaction((tx) =>
          tx.saveSend({ verification, message: one, counters: [], events: [] }),
        );
        await save(store, other);
        const claimed = await claim(store, 'a', make.nowMs);
        const settle = { verificationId: verification.id, state: 'canceled', settledAtMs: 1 } as const;
        await store.transaction((tx) => tx.settleVerification(settle));
        const requeued = attempt(claimed[0], { state: 'queued', nextAttemptAtMs: make.nowMs });
        assert.equal(await record(store, requeued), false);
        assert.equal(await record(store, attempt(claimed[1])), true);
        const states = await Promise.all(
          claimed.map(async ({ tenantId, id }) => (await store.findMessage(tenantId, id))?.state),
        );
        assert.deepEqual(states, ['canceled', 'accepted']);
      }),
    );

    it(
      'a message is loaded by its id alone',
      onStore(open, async ({ store, make }) => {
        const message = make.message();
        await save(store, message);
        const loaded = await store.transaction(async (tx) => [
          await tx.loadMessage(message.id),
          await tx.loadMessage(make.makeId()),
        ]);
        assert.deepEqual([loaded[0]?.id, loaded[1]], [message.id, undefined]);
      }),
    );
  });
}
