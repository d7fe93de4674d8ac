/** The sweep's steps: what they take, what they leave, and how much at a time. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Message } from '../../../src/core/delivery.ts';
import type { Verification } from '../../../src/core/verification.ts';
import type { SendWrites, Store } from '../../../src/engine/ports.ts';
import { createStoreFixtures } from '../../support/store-fixtures.ts';
import { type OpenDatabase, onStore } from './database.ts';

const DAY_MS = 86_400_000;

export function describeSweep(open: OpenDatabase): void {
  describe('sweep', () => {
    const save = (store: Store, writes: Partial<SendWrites> & { readonly message: Message }) =>
      store.transaction((tx) => tx.saveSend({ counters: [], events: [], ...writes }));
    const start = async (store: Store, verification: Verification, message: Message) =>
      save(store, { verification, message });

    it(
      'a pending verification is expired at its instant and not before, with what it had queued',
      onStore(open, async ({ store, make }) => {
        const verification = make.verification();
        const message = make.messageOf(verification);
        await start(store, verification, message);
        const event = make.event({ tenantId: verification.tenantId, type: 'verification.expired' });
        const seen: unknown[] = [];
        const expire = (nowMs: number) =>
          store.expireVerifications(nowMs, 10, (each, canceledMessageIds) => {
            seen.push([each.id, canceledMessageIds]);
            return [event];
          });
        const nothing = { count: 0, events: [] };
        assert.deepEqual(await expire(verification.expiresAtMs - 1), nothing);
        assert.deepEqual(await expire(verification.expiresAtMs), { count: 1, events: [event] });
        assert.deepEqual(await expire(verification.expiresAtMs), nothing);
        assert.deepEqual(seen.at(-1), [verification.id, [message.id]]);
        const found = await store.findVerification(verification.tenantId, verification.id);
        assert.deepEqual([found?.state, found?.settledAtMs], ['expired', verification.expiresAtMs]);
        assert.equal(found?.contentSealed, undefined);
        assert.deepEqual(await store.findEvent(verification.tenantId, event.id), event);
        assert.equal(await store.countQueued(), 0);
      }),
    );

    it(
      'each step does no more than its limit, the most overdue first',
      onStore(open, async ({ store, make }) => {
        const overdue = [3, 1, 2].map((ms) => make.verification({ expiresAtMs: make.nowMs + ms }));
        for (const each of overdue) await start(store, each, make.messageOf(each));
        const expired: string[] = [];
        const step = async () => {
          const { count } = await store.expireVerifications(make.nowMs + DAY_MS, 2, (each) => {
            expired.push(each.id);
            return [];
          });
          return count;
        };
        assert.deepEqual([await step(), await step(), await step()], [2, 1, 0]);
        assert.deepEqual(
          expired,
          [overdue[1], overdue[2], overdue[0]].map((each) => each?.id),
        );
      }),
    );

    it(
      'accepted messages without a receipt become unconfirmed; others stay',
      onStore(open, async ({ store, make }) => {
        const accepted = make.message({ state: 'accepted' });
        const fresh = make.message({ state: 'accepted', updatedAtMs: make.nowMs + 10 });
        const delivered = make.message({ state: 'delivered' });
        for (const message of [accepted, fresh, delivered]) await save(store, { message });
        const nowMs = make.nowMs + DAY_MS;
        const event = make.event({ tenantId: accepted.tenantId, type: 'message.unconfirmed' });
        const close = () => store.closeUnconfirmed(make.nowMs + 10, nowMs, 10, () => event);
        assert.deepEqual(await close(), { count: 1, events: [event] });
        assert.deepEqual(await close(), { count: 0, events: [] });
        const found = await store.findMessage(accepted.tenantId, accepted.id);
        assert.deepEqual([found?.state, found?.updatedAtMs], ['unconfirmed', nowMs]);
        assert.equal((await store.findMessage(fresh.tenantId, fresh.id))?.state, 'accepted');
        assert.ok(await store.findEvent(accepted.tenantId, event.id));
      }),
    );

    it(
      'finished rows older than retention are deleted; live and younger ones stay',
      onStore(open, async ({ store, make }) => {
        const old = createStoreFixtures('old', make.nowMs - 40 * DAY_MS);
        const gone = old.verification({ state: 'approved' });
        const goneMessage = old.messageOf(gone, { state: 'delivered' });
        const live = old.verification({ tenantId: gone.tenantId, expiresAtMs: make.nowMs + DAY_MS });
        const liveMessage = old.messageOf(live);
        const young = make.verification({ tenantId: gone.tenantId, state: 'approved' });
        const event = old.event({ tenantId: gone.tenantId, verificationId: gone.id });
        await save(store, { verification: gone, message: goneMessage, events: [event] });
        await start(store, live, liveMessage);
        await start(store, young, make.messageOf(young, { state: 'delivered' }));

        const beforeMs = make.nowMs - 30 * DAY_MS;
        const counts = [await store.deleteOld(beforeMs, 2), await store.deleteOld(beforeMs, 2)];
        assert.deepEqual(counts, [2, 1]);
        assert.equal(await store.deleteOld(beforeMs, 2), 0);
        const { tenantId } = gone;
        assert.equal(await store.findVerification(tenantId, gone.id), undefined);
        assert.equal(await store.findMessage(tenantId, goneMessage.id), undefined);
        assert.equal(await store.findEvent(tenantId, event.id), undefined);
        assert.ok(await store.findVerification(tenantId, live.id));
        assert.ok(await store.findMessage(tenantId, liveMessage.id));
        assert.ok(await store.findVerification(tenantId, young.id));
      }),
    );

    it(
      'what is out of time is deleted: counters, spent budgets, parked receipts, idempotency records',
      onStore(open, async ({ store, make }) => {
        const { nowMs } = make;
        const message = make.message();
        const { tenantId, recipientId } = message;
        const counter = (key: string, endsAtMs: number) => ({ key, count: 1, startedAtMs: 0, endsAtMs });
        const record = (key: string, createdAtMs: number) => ({
          tenantId,
          key,
          requestHash: 'h',
          createdAtMs,
        });
        const receipt = (carrierMessageId: string, receivedAtMs: number) =>
          ({ carrier: 'main', carrierMessageId, state: 'delivered', receivedAtMs }) as const;
        const budget = { failures: 1, windowEndsAtMs: nowMs, consecutive: 0, blockedUntilMs: 0 };
        const keptRecipient = make.makeId();
        await save(store, {
          message,
          counters: [counter('ended', nowMs), counter('open', nowMs + 1)],
          idempotency: record('old', nowMs - 2),
        });
        await save(store, { message: make.message(), idempotency: record('young', nowMs - 1) });
        await store.transaction(async (tx) => {
          await tx.saveBudget(tenantId, recipientId, budget);
          await tx.saveBudget(tenantId, keptRecipient, { ...budget, consecutive: 1 });
          await tx.parkReceipt(receipt('old', nowMs - 2));
          await tx.parkReceipt(receipt('young', nowMs - 1));
        });

        const limits = { nowMs, parkedBeforeMs: nowMs - 1, idempotencyBeforeMs: nowMs - 1 };
        const done: number[] = [];
        for (let step = 0; step < 3; step += 1) done.push(await store.deleteStale(limits, 3));
        assert.deepEqual(done, [3, 1, 0]);
        const left = await store.transaction(async (tx) => {
          const query = { tenantId, recipientId, counterKeys: ['ended', 'open'] };
          const old = await tx.loadSend({ ...query, idempotencyKey: 'old' });
          const young = await tx.loadSend({ ...query, idempotencyKey: 'young' });
          const parked = await tx.takeParkedReceipts('main', ['old', 'young']);
          return { old, young, parked };
        });
        assert.deepEqual([...left.old.counters.keys()], ['open']);
        assert.deepEqual([left.old.idempotency, left.young.idempotency?.key], [undefined, 'young']);
        assert.deepEqual(
          left.parked.map(({ carrierMessageId }) => carrierMessageId),
          ['young'],
        );
        assert.equal(await store.findBudget(tenantId, recipientId), undefined);
        assert.equal((await store.findBudget(tenantId, keptRecipient))?.consecutive, 1);
      }),
    );
  });
}
