/** Counting, refunding and settling checks. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { countFailure } from '../../../src/core/failure-budget.ts';
import type { Verification } from '../../../src/core/verification.ts';
import type { CheckSettlement, Store } from '../../../src/engine/ports.ts';
import type { StoreFixtures } from '../../support/store-fixtures.ts';
import { type OpenDatabase, onStore } from './database.ts';

export function describeChecks(open: OpenDatabase): void {
  describe('checks', () => {
    const start = async (store: Store, make: StoreFixtures, overrides?: Partial<Verification>) => {
      const verification = make.verification(overrides);
      const message = make.messageOf(verification);
      await store.transaction((tx) => tx.saveSend({ verification, message, counters: [], events: [] }));
      return { verification, message };
    };
    const count = (verification: Verification, nowMs: number) => ({
      tenantId: verification.tenantId,
      recipientId: verification.recipientId,
      verificationId: verification.id,
      checkCount: verification.checkCount + 1,
      budget: countFailure(undefined, nowMs),
    });
    const settlement = ({ tenantId, recipientId }: Verification, rest: Partial<CheckSettlement> = {}) => ({
      tenantId,
      recipientId,
      events: [],
      ...rest,
    });
    const approve = ({ id }: Verification, settledAtMs: number) =>
      ({ verificationId: id, state: 'approved', settledAtMs }) as const;

    it(
      'an unknown verification and another tenant’s look the same',
      onStore(open, async ({ store, make }) => {
        const { verification } = await start(store, make);
        const loaded = await store.transaction(async (tx) => [
          await tx.loadCheck(make.makeId(), verification.id),
          await tx.loadCheck(verification.tenantId, make.makeId()),
        ]);
        assert.deepEqual(loaded, [undefined, undefined]);
      }),
    );

    it(
      'a wrong check is counted on the verification and on the budget',
      onStore(open, async ({ store, make }) => {
        const { verification } = await start(store, make);
        const counted = count(verification, make.nowMs);
        const event = make.event({ tenantId: verification.tenantId, type: 'verification.check_failed' });
        await store.transaction(async (tx) => {
          await tx.countCheck(counted);
          await tx.settleCheck(settlement(verification, { events: [event] }));
        });
        const found = await store.findVerification(verification.tenantId, verification.id);
        assert.deepEqual([found?.checkCount, found?.state], [1, 'pending']);
        const { tenantId, recipientId } = verification;
        assert.deepEqual(await store.findBudget(tenantId, recipientId), counted.budget);
        assert.equal(await store.findBudget(make.makeId(), recipientId), undefined);
        assert.deepEqual(await store.findEvent(tenantId, event.id), event);
      }),
    );

    it(
      'a counted check that nothing follows is counted all the same',
      onStore(open, async ({ store, make }) => {
        const { verification } = await start(store, make);
        await store.transaction((tx) => tx.countCheck(count(verification, make.nowMs)));
        const found = await store.findVerification(verification.tenantId, verification.id);
        assert.equal(found?.checkCount, 1);
        assert.ok(await store.findBudget(verification.tenantId, verification.recipientId));
      }),
    );

    it(
      'what has been counted is seen within the same transaction',
      onStore(open, async ({ store, make }) => {
        const { verification } = await start(store, make);
        const seen = await store.transaction(async (tx) => {
          await tx.countCheck(count(verification, make.nowMs));
          return tx.loadCheck(verification.tenantId, verification.id);
        });
        assert.equal(seen?.verification.checkCount, 1);
        assert.equal(seen?.budget?.failures, 1);
      }),
    );

    it(
      'two verifications counted in one transaction are both counted',
      onStore(open, async ({ store, make }) => {
        const { verification: one } = await start(store, make);
        const { verification: other } = await start(store, make, { tenantId: one.tenantId });
        await store.transaction(async (tx) => {
          await tx.countCheck(count(one, make.nowMs));
          await tx.countCheck(count(other, make.nowMs));
          await tx.settleCheck(settlement(one, { settle: approve(one, make.nowMs) }));
        });
        const found = [
          await store.findVerification(one.tenantId, one.id),
          await store.findVerification(one.tenantId, other.id),
        ];
        assert.deepEqual(
          found.map((each) => [each?.checkCount, each?.state]),
          [
            [1, 'approved'],
            [1, 'pending'],
          ],
        );
        assert.ok(await store.findBudget(one.tenantId, other.recipientId));
      }),
    );

    it(
      'a right check settles, refunds the budget, erases the contents and cancels what is queued',
      onStore(open, async ({ store, make }) => {
        const { verification, message } = await start(store, make);
        const { tenantId, recipientId, id } = verification;
        const accepted = make.messageOf(verification, { state: 'accepted' });
        await store.transaction(async (tx) => {
          await tx.saveSend({ message: accepted, counters: [], events: [] });
          await tx.saveBudget(tenantId, recipientId, countFailure(undefined, make.nowMs));
        });
        const canceled = await store.transaction(async (tx) => {
          await tx.countCheck(count(verification, make.nowMs));
          const settle = approve(verification, make.nowMs + 9);
          return tx.settleCheck(settlement(verification, { settle, refund: { budget: undefined } }));
        });
        assert.deepEqual(canceled, [message.id]);
        const found = await store.findVerification(tenantId, id);
        assert.deepEqual(
          [found?.state, found?.checkCount, found?.settledAtMs],
          ['approved', 1, make.nowMs + 9],
        );
        assert.equal(found?.contentSealed, undefined);
        assert.ok(found?.toSealed);
        assert.equal(await store.findBudget(tenantId, recipientId), undefined);
        const queued = await store.findMessage(tenantId, message.id);
        assert.deepEqual([queued?.state, queued?.nextAttemptAtMs], ['canceled', undefined]);
        assert.equal(queued?.contentSealed, undefined);
        const sent = await store.findMessage(tenantId, accepted.id);
        assert.deepEqual([sent?.state, sent?.contentSealed], ['accepted', undefined]);
      }),
    );

    it(
      'a refund may leave a budget behind',
      onStore(open, async ({ store, make }) => {
        const { verification } = await start(store, make);
        const left = { ...countFailure(undefined, make.nowMs), consecutive: 0 };
        await store.transaction(async (tx) => {
          await tx.countCheck(count(verification, make.nowMs));
          await tx.settleCheck(settlement(verification, { refund: { budget: left } }));
        });
        const { tenantId, recipientId } = verification;
        assert.deepEqual(await store.findBudget(tenantId, recipientId), left);
      }),
    );

    it(
      'a settled verification is not settled again, and its count is still kept',
      onStore(open, async ({ store, make }) => {
        const { verification } = await start(store, make);
        await store.transaction((tx) => tx.settleVerification(approve(verification, make.nowMs)));
        const canceled = await store.transaction(async (tx) => {
          await tx.countCheck(count(verification, make.nowMs));
          const settle = { verificationId: verification.id, state: 'locked', settledAtMs: 1 } as const;
          return tx.settleCheck(settlement(verification, { settle }));
        });
        assert.deepEqual(canceled, []);
        const found = await store.findVerification(verification.tenantId, verification.id);
        assert.deepEqual([found?.state, found?.settledAtMs, found?.checkCount], ['approved', make.nowMs, 1]);
      }),
    );

    it(
      'a count in a transaction that rejects is not kept',
      onStore(open, async ({ store, make }) => {
        const { verification } = await start(store, make);
        const failing = store.transaction(async (tx) => {
          await tx.countCheck(count(verification, make.nowMs));
          throw new Error('after the count');
        });
        await assert.rejects(failing, /after the count/);
        assert.equal(await store.findBudget(verification.tenantId, verification.recipientId), undefined);
      }),
    );
  });
}
