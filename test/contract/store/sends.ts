/** What is loaded and written when a code or a text is sent. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SendQuery, SendWrites, Store } from '../../../src/engine/ports.ts';
import { type OpenDatabase, onStore } from './database.ts';
import { normal } from './normal.ts';

export function describeSends(open: OpenDatabase): void {
  describe('sends', () => {
    const save = (store: Store, writes: Partial<SendWrites> & Pick<SendWrites, 'message'>) =>
      store.transaction((tx) => tx.saveSend({ counters: [], events: [], ...writes }));
    const load = (store: Store, query: Partial<SendQuery> & Pick<SendQuery, 'tenantId' | 'recipientId'>) =>
      store.transaction((tx) => tx.loadSend({ counterKeys: [], ...query }));

    it(
      'a verification and its message come back as they were written',
      onStore(open, async ({ store, make }) => {
        const verification = make.verification();
        const { tenantId } = verification;
        const lease = { node: 'a', number: 1, untilMs: make.nowMs + 1000 };
        const message = make.messageOf(verification, {
          lease,
          triedCarriers: ['main', 'spare'],
          details: { sender: 'Acme', segmentsMax: 2, metadata: { 'naïve "key"': 'наш' } },
        });
        const event = make.event({ tenantId, verificationId: verification.id, messageId: message.id });
        await save(store, { verification, message, events: [event] });
        assert.deepEqual(
          normal(await store.findVerification(tenantId, verification.id)),
          normal(verification),
        );
        assert.deepEqual(normal(await store.findMessage(tenantId, message.id)), normal(message));
        assert.deepEqual(await store.findEvent(tenantId, event.id), event);
      }),
    );

    it(
      'a text with no code of ours needs no verification',
      onStore(open, async ({ store, make }) => {
        const message = make.message({ details: { keepsContent: true, clientReference: 'r-1' } });
        await save(store, { message });
        assert.deepEqual(normal(await store.findMessage(message.tenantId, message.id)), normal(message));
        const { tenantId, recipientId } = message;
        assert.equal((await load(store, { tenantId, recipientId })).verification, undefined);
      }),
    );

    it(
      'the newest pending verification of a recipient and purpose is found, and no other',
      onStore(open, async ({ store, make }) => {
        const older = make.verification();
        const { tenantId, recipientId } = older;
        const newer = make.verification({ tenantId, recipientId });
        const otherPurpose = make.verification({ tenantId, recipientId, purpose: 'payment' });
        for (const verification of [older, newer, otherPurpose])
          await save(store, { verification, message: make.messageOf(verification) });
        const query = { tenantId, recipientId, purpose: 'login' };
        assert.equal((await load(store, query)).verification?.id, newer.id);
        assert.equal((await load(store, { ...query, tenantId: make.makeId() })).verification, undefined);
        assert.equal((await load(store, { ...query, recipientId: make.makeId() })).verification, undefined);

        const settle = { verificationId: newer.id, state: 'canceled', settledAtMs: make.nowMs } as const;
        await store.transaction((tx) => tx.settleVerification(settle));
        assert.equal((await load(store, query)).verification?.id, older.id);
      }),
    );

    it(
      'a verification asked for by id is loaded whatever its state, for its own tenant only',
      onStore(open, async ({ store, make }) => {
        const verification = make.verification({ state: 'locked', settledAtMs: make.nowMs });
        const { tenantId, recipientId, id } = verification;
        await save(store, { verification, message: make.messageOf(verification) });
        const loaded = await load(store, { tenantId, recipientId, verificationId: id });
        assert.equal(loaded.verification?.state, 'locked');
        const stranger = await load(store, { tenantId: make.makeId(), recipientId, verificationId: id });
        assert.equal(stranger.verification, undefined);
      }),
    );

    it(
      'a resend counts on the verification and adds a message',
      onStore(open, async ({ store, make }) => {
        const verification = make.verification();
        await save(store, { verification, message: make.messageOf(verification) });
        const lastSendAtMs = make.nowMs + 31_000;
        const second = make.messageOf(verification, { channel: 'voice' });
        const resend = { verificationId: verification.id, sendCount: 2, lastSendAtMs };
        await save(store, { resend, message: second });
        const found = await store.findVerification(verification.tenantId, verification.id);
        assert.deepEqual([found?.sendCount, found?.lastSendAtMs], [2, lastSendAtMs]);
        assert.equal((await store.findMessage(second.tenantId, second.id))?.channel, 'voice');
      }),
    );

    it(
      'a start that replaces an older verification settles it, cancels what it had queued, and says which',
      onStore(open, async ({ store, make }) => {
        const older = make.verification();
        const queued = make.messageOf(older);
        const sent = make.messageOf(older, { state: 'accepted', carrier: 'main' });
        await save(store, { verification: older, message: queued });
        await save(store, { message: sent });
        const newer = make.verification({ tenantId: older.tenantId, recipientId: older.recipientId });
        const settledAtMs = make.nowMs + 5;
        const canceled = await save(store, {
          verification: newer,
          settle: { verificationId: older.id, state: 'canceled', settledAtMs },
          message: make.messageOf(newer),
        });
        assert.deepEqual(canceled, [queued.id]);
        const found = await store.findVerification(older.tenantId, older.id);
        assert.deepEqual([found?.state, found?.settledAtMs], ['canceled', settledAtMs]);
        assert.equal((await store.findMessage(queued.tenantId, queued.id))?.state, 'canceled');
        assert.equal((await store.findMessage(sent.tenantId, sent.id))?.state, 'accepted');
        assert.equal((await store.findVerification(newer.tenantId, newer.id))?.state, 'pending');
      }),
    );

    it(
      'counters are written over and come back under their keys',
      onStore(open, async ({ store, make }) => {
        const message = make.message();
        const { tenantId, recipientId } = message;
        const counter = (key: string, count: number) => ({
          key,
          count,
          startedAtMs: make.nowMs,
          endsAtMs: make.nowMs + 600_000,
        });
        await save(store, { message, counters: [counter('a', 1), counter('b', 7)] });
        await save(store, { message: make.message(), counters: [counter('a', 2)] });
        const { counters } = await load(store, { tenantId, recipientId, counterKeys: ['a', 'b', 'c'] });
        assert.deepEqual([...counters.values()], [counter('a', 2), counter('b', 7)]);
      }),
    );

    it(
      'an idempotency key belongs to its tenant and is recorded once',
      onStore(open, async ({ store, make }) => {
        const verification = make.verification();
        const { tenantId, recipientId } = verification;
        const message = make.messageOf(verification);
        const idempotency = {
          tenantId,
          key: 'k 1',
          requestHash: 'abc',
          verificationId: verification.id,
          messageId: message.id,
          createdAtMs: make.nowMs,
        };
        await save(store, { verification, message, idempotency });
        const own = await load(store, { tenantId, recipientId, idempotencyKey: 'k 1' });
        assert.deepEqual(own.idempotency, idempotency);
        const foreign = await load(store, { tenantId: make.makeId(), recipientId, idempotencyKey: 'k 1' });
        assert.equal(foreign.idempotency, undefined);

        const late = make.message({ tenantId });
        await assert.rejects(
          save(store, { message: late, idempotency: { ...idempotency, requestHash: 'x' } }),
        );
        assert.equal(await store.findMessage(tenantId, late.id), undefined);
      }),
    );

    it(
      'a transaction that rejects leaves nothing',
      onStore(open, async ({ store, make }) => {
        const verification = make.verification();
        const message = make.messageOf(verification);
        const refusal = new Error('refused');
        const failing = store.transaction(async (tx) => {
          await tx.saveSend({ verification, message, counters: [], events: [make.event()] });
          throw refusal;
        });
        await assert.rejects(failing, refusal);
        assert.equal(await store.findVerification(verification.tenantId, verification.id), undefined);
        assert.equal(await store.findMessage(message.tenantId, message.id), undefined);
        assert.equal(await store.countQueued(), 0);
      }),
    );
  });
}
