/** Sends, checks, attempts, receipts, and what the sweep takes. Part of session.ts. */
import type { Message, Receipt } from '../../src/core/delivery.ts';
import type { Store, Swept } from '../../src/engine/ports.ts';
import { createStoreFixtures } from '../support/store-fixtures.ts';
import { checkOnce } from '../support/store-steps.ts';
import type { Act, Part } from './session.ts';

const LEASE_MS = 30_000;
const DAY_MS = 86_400_000;

export function sendPart(act: Act): Part {
  const make = createStoreFixtures('sends');
  const more = createStoreFixtures(`sends ${act}`, make.nowMs);
  const older = make.verification();
  const { tenantId, recipientId } = older;
  const live = make.verification({ tenantId, recipientId });
  const message = make.messageOf(live, { details: { sender: 'Acme', metadata: { 'naïve "key"': 'наш' } } });
  const text = make.message({ tenantId, details: { keepsContent: true, clientReference: 'r-1' } });
  const again = make.messageOf(live, { channel: 'voice' });
  const event = make.event({ tenantId, verificationId: live.id, messageId: message.id });
  const { secretsSealed: _, ...webhook } = make.endpoint({ kind: 'request', tenantId });
  const counter = (count: number) => ({
    key: `sends:${recipientId}`,
    count,
    startedAtMs: make.nowMs,
    endsAtMs: make.nowMs + 600_000,
  });
  const idempotency = {
    ...{ tenantId, key: 'once', requestHash: 'hash', verificationId: live.id, messageId: message.id },
    createdAtMs: make.nowMs,
  };
  const budget = { failures: 1, windowEndsAtMs: make.nowMs + 9, consecutive: 2, blockedUntilMs: 0 };
  const query = { tenantId, recipientId, counterKeys: [counter(1).key] };
  return {
    async first(store) {
      await store.transaction((tx) =>
        tx.saveSend({ verification: older, message: more.messageOf(older), counters: [], events: [] }),
      );
      const settle = { verificationId: older.id, state: 'canceled', settledAtMs: make.nowMs } as const;
      await store.transaction((tx) =>
        tx.saveSend({
          ...{ verification: live, settle, message, webhook, idempotency },
          ...{ counters: [counter(1)], events: [event] },
        }),
      );
      await store.transaction((tx) => tx.saveSend({ message: text, counters: [], events: [] }));
      await store.transaction((tx) => tx.saveBudget(tenantId, recipientId, budget));
    },
    second: async (store) => [
      await store.transaction((tx) => tx.loadSend({ ...query, purpose: 'login', idempotencyKey: 'once' })),
      await store.transaction((tx) => tx.loadSend({ ...query, verificationId: older.id })),
      await store.transaction((tx) =>
        tx.saveSend({
          resend: { verificationId: live.id, sendCount: 2, lastSendAtMs: make.nowMs + 31_000 },
          ...{ message: again, counters: [counter(2)], events: [] },
        }),
      ),
      await store.transaction((tx) => tx.saveBudget(tenantId, recipientId, undefined)),
      await store.transaction((tx) => tx.appendEvents([more.event({ tenantId, messageId: text.id })])),
      await store.findVerification(tenantId, live.id),
      await store.findNewestVerification(tenantId, recipientId, 'login'),
      await store.findMessage(tenantId, text.id),
      await store.findEvent(tenantId, event.id),
      await store.findBudget(tenantId, recipientId),
      await store.listVerifications(tenantId, { state: 'pending' }, { limit: 5 }),
      await store.listVerifications(tenantId, { recipientId }, { limit: 5, beforeId: live.id }),
      await store.listMessages(tenantId, {}, { limit: 2 }),
      await store.listMessages(tenantId, { verificationId: live.id }, { limit: 5 }),
      await store.listEvents(tenantId, {}, { limit: 5 }),
      await store.listEvents(tenantId, { verificationId: live.id }, { limit: 5 }),
      await store.listEvents(tenantId, { messageId: text.id }, { limit: 5 }),
      await store.listEvents(tenantId, { type: 'verification.created' }, { limit: 1 }),
      await store.findEndpoint(tenantId, webhook.id),
    ],
  };
}

export function checkPart(act: Act): Part {
  const make = createStoreFixtures('checks');
  const more = createStoreFixtures(`checks ${act}`, make.nowMs);
  const [right, locked, late] = [
    make.verification(),
    make.verification(),
    make.verification({ expiresAtMs: make.nowMs + 1 }),
  ];
  const check = (
    store: Store,
    { id, tenantId, codeHash }: typeof right,
    isRight: boolean,
    nowMs = make.nowMs,
  ) =>
    checkOnce(store, {
      ...{ tenantId, verificationId: id, nowMs },
      hash: isRight ? codeHash.hash : new Uint8Array(32),
    });
  const of = (store: Store, { id, tenantId }: typeof right) => store.findVerification(tenantId, id);
  return {
    async first(store) {
      for (const verification of [right, locked, late]) {
        const message = more.messageOf(verification, { state: 'delivered' });
        await store.transaction((tx) => tx.saveSend({ verification, message, counters: [], events: [] }));
        await check(store, verification, false);
      }
    },
    async second(store) {
      const answers: unknown[] = [
        await check(store, right, false),
        await check(store, right, true),
        await check(store, right, true),
        await check(store, late, true, late.expiresAtMs),
      ];
      for (let guess = 0; guess < 5; guess += 1) answers.push(await check(store, locked, false));
      for (const verification of [right, locked, late]) answers.push(await of(store, verification));
      answers.push(await store.findBudget(locked.tenantId, locked.recipientId));
      return answers;
    },
  };
}

export function outboxPart(act: Act): Part {
  const make = createStoreFixtures('outbox');
  const more = createStoreFixtures(`outbox ${act}`, make.nowMs);
  // Due before everybody else's, so that a claim at that instant takes these and no others.
  const dueMs = make.nowMs - 10_000;
  const due = (offsetMs: number) => make.message({ nextAttemptAtMs: dueMs + offsetMs });
  const [claimed, waiting, retried] = [due(-3), due(-2), due(-1)];
  const leaseOf = (number: number, untilMs: number) => ({ node: 'a', number, untilMs });
  const claim = (store: Store, nowMs: number, limit: number) =>
    store.claimMessages({ node: 'a', nowMs, leaseUntilMs: nowMs + LEASE_MS, limit });
  const attempt = (message: Message, lease: ReturnType<typeof leaseOf>) => ({
    ...{ messageId: message.id, lease, keepsLease: false, attemptCount: 1, triedCarriers: ['main'] },
    ...{ erasesContent: false, isRefunded: false, submissions: [], updatedAtMs: dueMs, events: [] },
  });
  return {
    async first(store) {
      for (const message of [claimed, waiting, retried])
        await store.transaction((tx) => tx.saveSend({ message, counters: [], events: [] }));
      await claim(store, dueMs - 3, 5);
      const lease = leaseOf(1, dueMs - 1 + LEASE_MS);
      await claim(store, dueMs - 1, 1);
      await claim(store, dueMs - 1, 1);
      const failed = { state: 'queued', nextAttemptAtMs: dueMs + 5, failure: 'throttled' } as const;
      await store.transaction((tx) => tx.recordAttempt({ ...attempt(retried, lease), ...failed }));
    },
    async second(store) {
      const event = more.event({
        tenantId: claimed.tenantId,
        messageId: claimed.id,
        type: 'message.accepted',
      });
      const lease = leaseOf(1, dueMs - 3 + LEASE_MS);
      const accepted = { state: 'accepted', carrier: 'main', erasesContent: true, events: [event] } as const;
      const submissions = [more.submission(claimed, { carrierMessageId: 'outbox-1' })];
      return [
        await store.countQueued(),
        await store.transaction((tx) => tx.loadMessage(claimed.id)),
        await store.transaction((tx) =>
          tx.recordAttempt({ ...attempt(claimed, { ...lease, number: 9 }), ...accepted, submissions }),
        ),
        await store.transaction((tx) =>
          tx.recordAttempt({ ...attempt(claimed, lease), ...accepted, submissions }),
        ),
        await store.findEvent(claimed.tenantId, event.id),
        await store.releaseMessages([{ messageId: waiting.id, lease: leaseOf(1, dueMs - 1 + LEASE_MS) }]),
        await claim(store, dueMs, 5),
        await claim(store, dueMs + 5, 5),
        await store.findMessage(claimed.tenantId, claimed.id),
      ];
    },
  };
}

export function receiptPart(): Part {
  const make = createStoreFixtures('receipts');
  const message = make.message({ state: 'accepted', carrier: 'main' });
  const lease = { node: 'a', number: 1, untilMs: make.nowMs + LEASE_MS };
  const leased = make.message({ lease });
  const parts = [1, 2].map((part) =>
    make.submission(leased, { part, parts: 2, carrierMessageId: `receipt-${part}` }),
  );
  const parked: Receipt = {
    ...{ carrier: 'main', carrierMessageId: 'early', state: 'failed', reason: '0x0b' },
    receivedAtMs: make.nowMs,
  };
  const saveReceipt = (store: Store, part: number, messageState: 'accepted' | 'delivered') =>
    store.transaction((tx) =>
      tx.saveReceipt({
        ...{ carrier: 'main', carrierMessageId: `receipt-${part}`, partState: 'delivered', messageState },
        ...{ messageId: leased.id, updatedAtMs: make.nowMs + part, events: [] },
      }),
    );
  return {
    async first(store) {
      for (const each of [message, leased])
        await store.transaction((tx) => tx.saveSend({ message: each, counters: [], events: [] }));
      await store.transaction((tx) =>
        tx.recordAttempt({
          ...{ messageId: leased.id, lease, keepsLease: false, state: 'accepted', carrier: 'main' },
          ...{ attemptCount: 1, triedCarriers: [], erasesContent: true, isRefunded: false },
          ...{ submissions: parts, updatedAtMs: make.nowMs, events: [] },
        }),
      );
      await saveReceipt(store, 1, 'accepted');
      await store.transaction((tx) => tx.parkReceipt(parked));
    },
    second: async (store) => [
      await store.transaction((tx) => tx.loadReceipt('main', 'receipt-2')),
      await store.transaction((tx) => tx.loadReceipt('main', 'unknown')),
      await saveReceipt(store, 2, 'delivered'),
      await store.findMessage(leased.tenantId, leased.id),
      await store.countParkedReceipts(),
      await store.transaction((tx) => tx.takeParkedReceipts('main', ['early', 'other'])),
    ],
  };
}

/** Ninety days before everything else, so that it takes its own alone. */
export function sweepPart(act: Act): Part {
  const make = createStoreFixtures('sweep', createStoreFixtures('now').nowMs - 90 * DAY_MS);
  const more = createStoreFixtures(`sweep ${act}`, make.nowMs);
  const { nowMs } = make;
  const [pending, finished] = [make.verification(), make.verification({ state: 'approved' })];
  const { tenantId } = pending;
  // Due only long after what the outbox part claims.
  const queued = make.messageOf(pending, { nextAttemptAtMs: nowMs + 99 * DAY_MS });
  const accepted = make.message({ tenantId, state: 'accepted', carrier: 'main' });
  const idempotency = { tenantId, key: 'old', requestHash: 'hash', createdAtMs: nowMs };
  const counter = { key: 'swept', count: 1, startedAtMs: nowMs, endsAtMs: nowMs + 1 };
  return {
    async first(store) {
      await store.transaction((tx) =>
        tx.saveSend({
          ...{ verification: pending, message: queued, counters: [counter], idempotency },
          events: [more.event({ tenantId, verificationId: pending.id })],
        }),
      );
      const message = more.messageOf(finished, { state: 'delivered' });
      for (const send of [{ verification: finished, message }, { message: accepted }])
        await store.transaction((tx) => tx.saveSend({ ...send, counters: [], events: [] }));
      await store.transaction(async (tx) => {
        await tx.parkReceipt({
          ...{ carrier: 'main', carrierMessageId: 'swept', state: 'delivered', receivedAtMs: nowMs },
        });
        const spent = { failures: 1, windowEndsAtMs: nowMs, consecutive: 0, blockedUntilMs: 0 };
        await tx.saveBudget(tenantId, pending.recipientId, spent);
      });
    },
    async second(store) {
      const seen: unknown[] = [];
      const countOf = async (step: Promise<Swept>) => (await step).count;
      const laterMs = nowMs + DAY_MS;
      const event = () => more.event({ tenantId, type: 'message.unconfirmed' });
      const limits = { nowMs: laterMs, parkedBeforeMs: laterMs, idempotencyBeforeMs: laterMs };
      return [
        await countOf(
          store.expireVerifications(laterMs, 10, (verification, canceled) => {
            seen.push([verification.id, canceled]);
            return [more.event({ tenantId, verificationId: verification.id, type: 'verification.expired' })];
          }),
        ),
        seen,
        await countOf(store.closeUnconfirmed(laterMs, laterMs, 10, event)),
        await store.listMessages(tenantId, {}, { limit: 10 }),
        await store.listEvents(tenantId, {}, { limit: 10 }),
        await store.deleteOld(laterMs, 100),
        await store.deleteStale(limits, 100),
        await store.listVerifications(tenantId, {}, { limit: 10 }),
        await store.findBudget(tenantId, pending.recipientId),
      ];
    },
  };
}
