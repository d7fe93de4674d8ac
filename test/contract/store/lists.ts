/** Lists: newest first, page by page, narrowed. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Verification } from '../../../src/core/verification.ts';
import type { Page, Store } from '../../../src/engine/ports.ts';
import { createStoreFixtures, type StoreFixtures } from '../../support/store-fixtures.ts';
import { type OpenDatabase, onStore } from './database.ts';

const DAY_MS = 86_400_000;
const ALL: Page = { limit: 100 };
const idsOf = (rows: readonly { readonly id: string }[]) => rows.map(({ id }) => id);

/** Walks a whole list in pages of two. */
async function walk(list: (page: Page) => Promise<readonly { readonly id: string }[]>): Promise<string[]> {
  const ids: string[] = [];
  for (;;) {
    const beforeId = ids.at(-1);
    const page = await list({ limit: 2, ...(beforeId !== undefined && { beforeId }) });
    assert.ok(page.length <= 2);
    if (page.length === 0) return ids;
    ids.push(...idsOf(page));
  }
}

export function describeLists(open: OpenDatabase): void {
  describe('lists', () => {
    const tenantId = '00000000-0000-4000-8000-000000000001';
    const recipientId = '00000000-0000-4000-8000-000000000002';
    /** Seven of one tenant in mixed states, over eleven days; every other one of one recipient. Oldest first. */
    const fill = async (store: Store, { nowMs }: StoreFixtures) => {
      const states = ['approved', 'pending', 'expired', 'approved', 'canceled', 'locked', 'pending'] as const;
      const verifications = states.map((state, index) => {
        const make = createStoreFixtures(`list-${index}`, nowMs - (11 - Math.floor(index * 1.6)) * DAY_MS);
        const recipient = index % 2 === 0 ? recipientId : '00000000-0000-4000-8000-000000000003';
        return make.verification({ tenantId, recipientId: recipient, state });
      });
      const foreign = createStoreFixtures('foreign', nowMs).verification({ recipientId });
      for (const [index, verification] of [...verifications, foreign].entries()) {
        const make = createStoreFixtures(`list-rows-${index}`, verification.createdAtMs);
        const message = make.messageOf(verification);
        const { id: verificationId, tenantId: owner } = verification;
        const events = [
          make.event({ tenantId: owner, verificationId }),
          make.event({ tenantId: owner, type: 'message.created', verificationId, messageId: message.id }),
        ];
        await store.transaction((tx) => tx.saveSend({ verification, message, counters: [], events }));
      }
      return verifications;
    };

    it(
      'a tenant’s verifications are listed newest first, every one once, whatever the pages',
      onStore(open, async ({ store, make }) => {
        const newestFirst = idsOf(await fill(store, make)).reverse();
        assert.deepEqual(idsOf(await store.listVerifications(tenantId, {}, ALL)), newestFirst);
        const walked = await walk((page) => store.listVerifications(tenantId, {}, page));
        assert.deepEqual(walked, newestFirst);
        assert.deepEqual(await store.listVerifications(make.makeId(), {}, ALL), []);
      }),
    );

    it(
      'verifications are narrowed by state, by recipient and by both',
      onStore(open, async ({ store, make }) => {
        const all = (await fill(store, make)).toReversed();
        for (const state of ['pending', 'approved', 'locked'] as const) {
          const expected = idsOf(all.filter((each) => each.state === state));
          const listed = await walk((page) => store.listVerifications(tenantId, { state }, page));
          assert.deepEqual(listed, expected);
        }
        const ofRecipient = all.filter((each) => each.recipientId === recipientId);
        assert.deepEqual(
          await walk((page) => store.listVerifications(tenantId, { recipientId }, page)),
          idsOf(ofRecipient),
        );
        assert.deepEqual(
          idsOf(await store.listVerifications(tenantId, { recipientId, state: 'pending' }, ALL)),
          idsOf(ofRecipient.filter(({ state }) => state === 'pending')),
        );
        assert.deepEqual(await store.listVerifications(tenantId, { recipientId: make.makeId() }, ALL), []);
      }),
    );

    it(
      'the newest verification of a recipient and purpose is the newest pending one, else the newest of all',
      onStore(open, async ({ store, make }) => {
        const toVerification = (state: Verification['state'], rest: Partial<Verification> = {}) => {
          made += 1;
          const later = createStoreFixtures(`newest-${made}`, make.nowMs - (9 - made) * DAY_MS);
          return later.verification({ tenantId, recipientId, purpose: 'login', state, ...rest });
        };
        let made = 0;
        const save = async (verification: Verification) => {
          const message = make.messageOf(verification);
          await store.transaction((tx) => tx.saveSend({ verification, message, counters: [], events: [] }));
          return verification.id;
        };
        const newest = async (purpose = 'login', owner = tenantId) =>
          (await store.findNewestVerification(owner, recipientId, purpose))?.id;

        assert.equal(await newest(), undefined);
        const settled = await save(toVerification('approved'));
        assert.equal(await newest(), settled);
        const pending = await save(toVerification('pending'));
        const newer = await save(toVerification('pending'));
        await save(toVerification('pending', { purpose: 'payment' }));
        await save(toVerification('pending', { recipientId: make.makeId() }));
        await save(toVerification('pending', { tenantId: make.makeId() }));
        await save(toVerification('locked'));
        assert.equal(await newest(), newer);
        for (const [id, next] of [
          [newer, pending],
          [pending, undefined],
        ] as const) {
          const settle = { verificationId: id, state: 'canceled', settledAtMs: make.nowMs } as const;
          await store.transaction((tx) => tx.settleVerification(settle));
          if (next) assert.equal(await newest(), next);
        }
        const last = await store.findNewestVerification(tenantId, recipientId, 'login');
        assert.equal(last?.state, 'locked');
        assert.equal(await newest('logout'), undefined);
        assert.equal(await newest('login', make.makeId()), undefined);
      }),
    );

    it(
      'a page goes on where the last row of the page before was, even when that has been deleted',
      onStore(open, async ({ store, make }) => {
        const all = await fill(store, make);
        const unknown = createStoreFixtures('x', (all[3]?.createdAtMs ?? 0) + 1).makeId();
        const page = await store.listVerifications(tenantId, {}, { limit: 100, beforeId: unknown });
        assert.deepEqual(idsOf(page), idsOf(all.slice(0, 4)).reverse());
        const beforeAll = createStoreFixtures('x', 1).makeId();
        assert.deepEqual(await store.listVerifications(tenantId, {}, { limit: 9, beforeId: beforeAll }), []);
      }),
    );

    it(
      'messages are listed for a tenant and for a verification',
      onStore(open, async ({ store, make }) => {
        const [verification] = await fill(store, make);
        assert.ok(verification);
        const resent = make.messageOf(verification);
        await store.transaction((tx) => tx.saveSend({ message: resent, counters: [], events: [] }));
        const all = await store.listMessages(tenantId, {}, ALL);
        assert.equal(all.length, 8);
        assert.equal(all[0]?.id, resent.id);
        assert.deepEqual(await walk((page) => store.listMessages(tenantId, {}, page)), idsOf(all));
        const filter = { verificationId: verification.id };
        const expected = idsOf(all.filter((each) => each.verificationId === verification.id));
        assert.equal(expected.length, 2);
        assert.deepEqual(await walk((page) => store.listMessages(tenantId, filter, page)), expected);
        assert.deepEqual(await store.listMessages(make.makeId(), filter, ALL), []);
      }),
    );

    it(
      'events are listed for a tenant, a type, a verification and a message',
      onStore(open, async ({ store, make }) => {
        const [verification] = await fill(store, make);
        assert.ok(verification);
        const [message] = await store.listMessages(tenantId, { verificationId: verification.id }, ALL);
        const text = make.message({ tenantId });
        const lone = make.event({ tenantId, type: 'message.delivered', messageId: text.id });
        await store.transaction((tx) => tx.saveSend({ message: text, counters: [], events: [lone] }));
        const all = await store.listEvents(tenantId, {}, ALL);
        assert.deepEqual([all.length, all[0]?.id], [15, lone.id]);
        assert.deepEqual(await walk((page) => store.listEvents(tenantId, {}, page)), idsOf(all));
        const expect = async (
          filter: Parameters<Store['listEvents']>[1],
          keep: (event: (typeof all)[number]) => boolean,
          count: number,
        ) => {
          const expected = idsOf(all.filter(keep));
          assert.equal(expected.length, count);
          assert.deepEqual(await walk((page) => store.listEvents(tenantId, filter, page)), expected);
        };
        const verificationId = verification.id;
        const messageId = message?.id ?? assert.fail();
        await expect({ type: 'message.created' }, ({ type }) => type === 'message.created', 7);
        await expect({ verificationId }, (event) => event.verificationId === verificationId, 2);
        await expect({ messageId }, (event) => event.messageId === messageId, 1);
        await expect({ messageId: text.id }, (event) => event.messageId === text.id, 1);
        await expect({ verificationId, messageId }, (event) => event.messageId === messageId, 1);
        await expect({ messageId, type: 'message.failed' }, () => false, 0);
        assert.deepEqual(await store.listEvents(make.makeId(), { verificationId }, ALL), []);
        assert.deepEqual(await store.listEvents(tenantId, { type: 'unheard-of' }, ALL), []);
      }),
    );
  });
}
