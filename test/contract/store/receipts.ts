/** Submissions, the receipts on them, and receipts that come first. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Message, Receipt, Submission } from '../../../src/core/delivery.ts';
import type { Store } from '../../../src/engine/ports.ts';
import { type OpenDatabase, onStore } from './database.ts';

export function describeReceipts(open: OpenDatabase): void {
  describe('receipts', () => {
    const lease = { node: 'a', number: 1, untilMs: 0 };
    /** Stores a leased message and records that it was accepted in these parts. */
    const accept = async (store: Store, message: Message, submissions: readonly Submission[]) => {
      await store.transaction((tx) => tx.saveSend({ message, counters: [], events: [] }));
      return store.transaction((tx) =>
        tx.recordAttempt({
          messageId: message.id,
          lease,
          keepsLease: false,
          state: 'accepted',
          attemptCount: 1,
          triedCarriers: [],
          carrier: 'main',
          erasesContent: true,
          isRefunded: false,
          submissions,
          updatedAtMs: message.updatedAtMs,
          events: [],
        }),
      );
    };
    const load = (store: Store, carrier: string, id: string) =>
      store.transaction((tx) => tx.loadReceipt(carrier, id));

    it(
      'a receipt finds its submission and message by carrier and id',
      onStore(open, async ({ store, make }) => {
        const message = make.message({ lease });
        const submission = make.submission(message, { carrierMessageId: '42' });
        await accept(store, message, [submission]);
        const found = await load(store, 'main', '42');
        assert.deepEqual(found?.submission, submission);
        assert.deepEqual(found?.parts, ['accepted']);
        assert.deepEqual([found?.message.id, found?.message.state], [message.id, 'accepted']);
        assert.equal(await load(store, 'spare', '42'), undefined);
        assert.equal(await load(store, 'main', '43'), undefined);
      }),
    );

    it(
      'the parts of one submit are seen together, those of another submit are not',
      onStore(open, async ({ store, make }) => {
        const message = make.message({ lease });
        const part = (number: number, overrides: Partial<Submission> = {}) =>
          make.submission(message, { part: number, parts: 2, ...overrides });
        const [one, two] = [part(1), part(2)];
        const earlier = [1, 2].map((number) => part(number, { submittedAtMs: make.nowMs - 1 }));
        const elsewhere = part(1, { carrier: 'spare' });
        await accept(store, message, [...earlier, elsewhere, one, two]);
        await store.transaction((tx) =>
          tx.saveReceipt({
            carrier: 'main',
            carrierMessageId: two.carrierMessageId,
            partState: 'delivered',
            messageId: message.id,
            messageState: 'accepted',
            updatedAtMs: make.nowMs + 1,
            events: [],
          }),
        );
        const found = await load(store, 'main', one.carrierMessageId);
        assert.deepEqual(found?.parts, ['accepted', 'delivered']);
      }),
    );

    it(
      'a receipt moves the message and appends its events; a delivery clears an earlier failure',
      onStore(open, async ({ store, make }) => {
        const message = make.message({ lease });
        const submission = make.submission(message);
        await accept(store, message, [submission]);
        const { carrier, carrierMessageId } = submission;
        const base = { carrier, carrierMessageId, messageId: message.id };
        const event = make.event({
          tenantId: message.tenantId,
          type: 'message.failed',
          messageId: message.id,
        });
        const updatedAtMs = make.nowMs + 7;
        await store.transaction((tx) =>
          tx.saveReceipt({
            ...base,
            partState: 'failed',
            messageState: 'failed',
            failure: 'absent-subscriber',
            updatedAtMs,
            events: [event],
          }),
        );
        const failed = await store.findMessage(message.tenantId, message.id);
        assert.deepEqual([failed?.state, failed?.details.failure], ['failed', 'absent-subscriber']);
        assert.equal(failed?.updatedAtMs, updatedAtMs);
        assert.deepEqual(await store.findEvent(message.tenantId, event.id), event);

        const delivered = { ...base, partState: 'delivered', messageState: 'delivered' } as const;
        await store.transaction((tx) => tx.saveReceipt({ ...delivered, updatedAtMs, events: [] }));
        const found = await store.findMessage(message.tenantId, message.id);
        assert.deepEqual([found?.state, found?.details.failure], ['delivered', undefined]);
      }),
    );

    it(
      'an id that a carrier uses again speaks of the newer message',
      onStore(open, async ({ store, make }) => {
        const [older, newer] = [make.message({ lease }), make.message({ lease })];
        await accept(store, older, [make.submission(older, { carrierMessageId: '1', state: 'delivered' })]);
        await accept(store, newer, [make.submission(newer, { carrierMessageId: '1' })]);
        const found = await load(store, 'main', '1');
        assert.deepEqual([found?.message.id, found?.submission.state], [newer.id, 'accepted']);
      }),
    );

    it(
      'parked receipts are taken once, in the order in which they came, by the ids asked for',
      onStore(open, async ({ store, make }) => {
        const receipt = (carrierMessageId: string, rest: Partial<Receipt> = {}): Receipt => ({
          carrier: 'main',
          carrierMessageId,
          state: 'accepted',
          receivedAtMs: make.nowMs,
          ...rest,
        });
        const parked = [
          receipt('2'),
          receipt('1', { state: 'failed', reason: '0x0b' }),
          receipt('2', { state: 'delivered' }),
          receipt('3'),
          receipt('1', { carrier: 'spare' }),
        ];
        for (const each of parked) await store.transaction((tx) => tx.parkReceipt(each));
        assert.equal(await store.countParkedReceipts(), 5);
        const take = () => store.transaction((tx) => tx.takeParkedReceipts('main', ['1', '2', '9']));
        assert.deepEqual(await take(), parked.slice(0, 3));
        assert.deepEqual(await take(), []);
        const others = await store.transaction((tx) => tx.takeParkedReceipts('main', ['3']));
        assert.deepEqual(others, [parked[3]]);
        assert.equal(await store.countParkedReceipts(), 1);
      }),
    );
  });
}
