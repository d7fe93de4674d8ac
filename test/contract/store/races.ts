/**
 * Threat: guesses multiplied, or an approval doubled or lost, by doing everything at once; on one store, on two
 * stores of one process, and from two processes.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Store } from '../../../src/engine/ports.ts';
import { forkStore } from '../../support/fork-store.ts';
import type { StoreFixtures } from '../../support/store-fixtures.ts';
import { type CheckStepOutcome, checkOnce } from '../../support/store-steps.ts';
import { type OpenDatabase, onStore } from './database.ts';

const AT_ONCE = 50;
const CHECKS_MAX = 5;

export function describeRaces(open: OpenDatabase): void {
  describe('races', () => {
    const wrong = Buffer.alloc(32, 1);
    const start = async (store: Store, make: StoreFixtures) => {
      const verification = make.verification();
      const message = make.messageOf(verification);
      await store.transaction((tx) => tx.saveSend({ verification, message, counters: [], events: [] }));
      return verification;
    };
    const count = (outcomes: readonly CheckStepOutcome[], outcome: CheckStepOutcome) =>
      outcomes.filter((each) => each === outcome).length;
    /** Each store in turn is given the next of the hashes, all at once. */
    const checkAll = (
      stores: readonly Store[],
      { tenantId, id }: { readonly tenantId: string; readonly id: string },
      hashes: readonly Uint8Array[],
      nowMs: number,
    ) =>
      Promise.all(
        hashes.map((hash, index) => {
          const store = stores[index % stores.length] ?? assert.fail();
          return checkOnce(store, { tenantId, verificationId: id, hash, nowMs });
        }),
      );

    for (const nodes of [1, 2]) {
      const on = nodes === 1 ? 'one store' : 'two stores';

      it(
        `of many right checks at once exactly one is approved, on ${on}`,
        onStore(open, async ({ database, store, make }) => {
          const stores = nodes === 1 ? [store] : [store, await database.open()];
          const verification = await start(store, make);
          const hashes = Array.from({ length: AT_ONCE }, () => verification.codeHash.hash);
          const outcomes = await checkAll(stores, verification, hashes, make.nowMs);
          assert.equal(count(outcomes, 'compared-approved'), 1);
          assert.equal(count(outcomes, 'settled'), AT_ONCE - 1);
          const found = await store.findVerification(verification.tenantId, verification.id);
          assert.deepEqual([found?.state, found?.checkCount], ['approved', 1]);
        }),
      );

      it(
        `of many wrong checks at once no more than the allowed are compared, on ${on}`,
        onStore(open, async ({ database, store, make }) => {
          const stores = nodes === 1 ? [store] : [store, await database.open()];
          const verification = await start(store, make);
          const hashes = Array.from({ length: AT_ONCE }, () => wrong);
          const outcomes = await checkAll(stores, verification, hashes, make.nowMs);
          assert.equal(count(outcomes, 'compared-incorrect'), CHECKS_MAX);
          assert.equal(count(outcomes, 'locked'), AT_ONCE - CHECKS_MAX);
          const { tenantId, recipientId, id } = verification;
          assert.equal((await store.findVerification(tenantId, id))?.state, 'locked');
          assert.equal((await store.findBudget(tenantId, recipientId))?.failures, CHECKS_MAX);
        }),
      );

      it(
        `a right check among wrong ones is approved or came after the lock, on ${on}`,
        onStore(open, async ({ database, store, make }) => {
          const stores = nodes === 1 ? [store] : [store, await database.open()];
          for (const place of [0, 3, 4, 5, 20]) {
            const verification = await start(store, make);
            const hashes = Array.from({ length: AT_ONCE }, (_, index) =>
              index === place ? verification.codeHash.hash : wrong,
            );
            const outcomes = await checkAll(stores, verification, hashes, make.nowMs);
            const compared = count(outcomes, 'compared-incorrect');
            if (outcomes[place] === 'compared-approved') {
              assert.ok(compared < CHECKS_MAX);
              assert.equal(count(outcomes, 'settled'), AT_ONCE - 1 - compared);
            } else {
              assert.equal(outcomes[place], 'locked');
              assert.equal(compared, CHECKS_MAX);
            }
          }
        }),
      );
    }

    it(
      'two processes share one count of guesses and one approval',
      onStore(open, async ({ database, store, make }) => {
        await using other = await forkStore(database.address);
        const verification = await start(store, make);
        const { tenantId, id } = verification;
        const right = verification.codeHash.hash;
        const hashes = Array.from({ length: AT_ONCE }, (_, index) => (index === 2 ? right : wrong));
        const reported = other.next('checked');
        other.send({
          kind: 'check',
          tenantId,
          verificationId: id,
          nowMs: make.nowMs,
          hashes: hashes.map((hash) => Buffer.from(hash).toString('base64')),
        });
        const own = await checkAll([store], verification, hashes, make.nowMs);
        const outcomes = [...own, ...(await reported).outcomes];
        assert.equal(outcomes.length, AT_ONCE * 2);
        const approved = count(outcomes, 'compared-approved');
        const compared = approved + count(outcomes, 'compared-incorrect');
        assert.ok(approved <= 1 && compared <= CHECKS_MAX, `${approved} approved, ${compared} compared`);
        const found = await store.findVerification(tenantId, id);
        assert.deepEqual([found?.state, found?.checkCount], [approved ? 'approved' : 'locked', compared]);
      }),
    );

    it(
      'one idempotency key used at once on two stores is recorded once',
      onStore(open, async ({ database, store, make }) => {
        const stores = [store, await database.open()];
        const tenantId = make.makeId();
        const recipientId = make.makeId();
        const outcomes = await Promise.all(
          Array.from({ length: 20 }, (_, index) => {
            const message = make.message({ tenantId, recipientId });
            return (stores[index % 2] ?? store).transaction(async (tx) => {
              const query = { tenantId, recipientId, counterKeys: [], idempotencyKey: 'same' };
              const { idempotency } = await tx.loadSend(query);
              if (idempotency) return idempotency.messageId;
              const { id: messageId, createdAtMs } = message;
              const record = { tenantId, key: 'same', requestHash: 'h', messageId, createdAtMs };
              await tx.saveSend({ message, counters: [], idempotency: record, events: [] });
              return messageId;
            });
          }),
        );
        assert.equal(new Set(outcomes).size, 1);
        assert.equal((await store.listMessages(tenantId, {}, { limit: 100 })).length, 1);
      }),
    );

    it(
      'claims of two nodes never overlap, and together take everything once',
      onStore(open, async ({ database, store, make }) => {
        const messages = Array.from({ length: 60 }, () => make.message());
        await Promise.all(
          messages.map((message) =>
            store.transaction((tx) => tx.saveSend({ message, counters: [], events: [] })),
          ),
        );
        await using process = await forkStore(database.address);
        const other = await database.open();
        const reported = process.next('claimed');
        process.send({ kind: 'claim', node: 'c', nowMs: make.nowMs, limit: 3 });
        const claim = async (from: Store, node: string) => {
          const ids: string[] = [];
          for (;;) {
            const query = { node, nowMs: make.nowMs, leaseUntilMs: make.nowMs + 30_000, limit: 3 };
            const claimed = await from.claimMessages(query);
            if (claimed.length === 0) return ids;
            ids.push(...claimed.map(({ id }) => id));
          }
        };
        const taken = await Promise.all([claim(store, 'a'), claim(other, 'b'), reported]);
        const ids = taken.flatMap((each) => ('ids' in each ? each.ids : each));
        assert.equal(ids.length, messages.length);
        assert.equal(new Set(ids).size, messages.length);
      }),
    );
  });
}
