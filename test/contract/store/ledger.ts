/** Balances: changed only with the entry that explains them, so that the ledger's sum is the balance, always. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decideCharge } from '../../../src/core/ledger.ts';
import type { Store } from '../../../src/engine/ports.ts';
import { type OpenDatabase, onStore } from './database.ts';

export function describeLedger(open: OpenDatabase): void {
  describe('the ledger', () => {
    it(
      'opens an account with the first credit and books a reference once',
      onStore(open, async ({ store, make }) => {
        const tenantId = await aTenant(store, make);
        assert.equal(await store.findAccount(tenantId), undefined);
        assert.equal(await credit(store, tenantId, 100, 'invoice-1'), true);
        assert.equal(await credit(store, tenantId, 100, 'invoice-1'), false);
        assert.equal(await credit(store, tenantId, 50), true);
        assert.equal((await store.findAccount(tenantId))?.balanceMicros, 150);
        assert.equal(await store.sumLedger(tenantId), 150);
      }),
    );

    it(
      'refunds an unsent message once, and nothing for one that was not charged',
      onStore(open, async ({ store, make }) => {
        const tenantId = await aTenant(store, make);
        await credit(store, tenantId, 100);
        const lease = { node: 'a', number: 1, untilMs: make.nowMs + 1000 };
        const messages = [true, false].map((isCharged) => ({
          isCharged,
          message: make.message({ tenantId, lease }),
        }));
        for (const { message, isCharged } of messages) {
          await store.transaction(async (tx) => {
            await tx.saveSend({ message, counters: [], events: [] });
            if (isCharged) await tx.saveCharge(chargeOf(tenantId, message.id, 30, make.nowMs));
          });
        }
        assert.equal((await store.findAccount(tenantId))?.balanceMicros, 70);
        for (const { message } of messages) {
          const writes = {
            messageId: message.id,
            lease,
            keepsLease: true,
            state: 'failed',
            attemptCount: 1,
            triedCarriers: [],
            erasesContent: false,
            isRefunded: true,
            submissions: [],
            updatedAtMs: make.nowMs,
            events: [],
          } as const;
          await store.transaction((tx) => tx.recordAttempt(writes));
          await store.transaction((tx) => tx.recordAttempt(writes));
        }
        const account = await store.findAccount(tenantId);
        assert.deepEqual([account?.balanceMicros, account?.spentMicros], [100, 0]);
        const entries = await store.listLedger(tenantId, 10);
        assert.deepEqual(
          entries.map(({ kind }) => kind),
          ['refund', 'charge', 'top-up'],
        );
        assert.equal(await store.sumLedger(tenantId), 100);
      }),
    );

    it(
      'refunds the messages that a settlement cancels',
      onStore(open, async ({ store, make }) => {
        const tenantId = await aTenant(store, make);
        await credit(store, tenantId, 100);
        const verification = make.verification({ tenantId });
        const message = make.messageOf(verification);
        await store.transaction(async (tx) => {
          await tx.saveSend({ verification, message, counters: [], events: [] });
          await tx.saveCharge(chargeOf(tenantId, message.id, 30, make.nowMs));
        });
        await store.transaction((tx) =>
          tx.settleVerification({
            verificationId: verification.id,
            state: 'canceled',
            settledAtMs: make.nowMs,
          }),
        );
        assert.equal((await store.findAccount(tenantId))?.balanceMicros, 100);
      }),
    );

    it(
      'is not overdrawn by fifty charges at once',
      onStore(open, async ({ store, make }) => {
        const tenantId = await aTenant(store, make);
        await credit(store, tenantId, 100);
        const charges = Array.from({ length: 50 }, () =>
          store.transaction(async (tx) => {
            const account = await tx.loadAccount(tenantId);
            assert(account);
            const decision = decideCharge(account, 30, make.nowMs);
            if (decision.kind !== 'charge') return false;
            await tx.saveCharge({ ...chargeOf(tenantId, make.makeId(), 30, make.nowMs), ...decision });
            return true;
          }),
        );
        const allowed = (await Promise.all(charges)).filter((isAllowed) => isAllowed);
        assert.equal(allowed.length, 3);
        const account = await store.findAccount(tenantId);
        assert.deepEqual([account?.balanceMicros, account?.spentMicros], [10, 90]);
        assert.equal(await store.sumLedger(tenantId), 10);
      }),
    );

    it(
      'keeps a daily cap, and none for a tenant with no account',
      onStore(open, async ({ store, make }) => {
        const tenantId = await aTenant(store, make);
        const setCap = (cap: number | undefined) => store.transaction((tx) => tx.saveDailyCap(tenantId, cap));
        assert.equal(await setCap(10), false);
        await credit(store, tenantId, 100);
        await setCap(10);
        assert.equal((await store.findAccount(tenantId))?.dailyCapMicros, 10);
        await setCap(undefined);
        assert.equal((await store.findAccount(tenantId))?.dailyCapMicros, undefined);
      }),
    );

    it(
      'is listed from the newest, page by page, tenant by tenant',
      onStore(open, async ({ store, make }) => {
        const tenantId = await aTenant(store, make);
        const other = await aTenant(store, make);
        for (const amount of [1, 2, 3]) {
          await credit(store, tenantId, amount);
          await credit(store, other, 100);
        }
        const first = await store.listLedger(tenantId, 2);
        assert.deepEqual(
          first.map(({ amountMicros }) => amountMicros),
          [3, 2],
        );
        const rest = await store.listLedger(tenantId, 2, first.at(-1)?.seq);
        assert.deepEqual(
          rest.map(({ amountMicros }) => amountMicros),
          [1],
        );
      }),
    );
  });
}

type Make = Parameters<Parameters<typeof onStore>[1]>[0]['make'];

async function aTenant(store: Store, make: Make): Promise<string> {
  const id = make.makeId();
  await store.createTenant({ id, name: 'Acme', email: `${id}@acme.example`, createdAtMs: make.nowMs });
  return id;
}

function credit(store: Store, tenantId: string, amountMicros: number, reference?: string): Promise<boolean> {
  return store.transaction((tx) =>
    tx.saveCredit({ tenantId, kind: 'top-up', amountMicros, reference, atMs: 1 }),
  );
}

function chargeOf(tenantId: string, messageId: string, amountMicros: number, atMs: number) {
  return { tenantId, messageId, amountMicros, spentMicros: amountMicros, spentDayMs: 0, atMs };
}
