/** Wrapped data keys and re-sealing. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DataKeyRow } from '../../../src/engine/ports.ts';
import { type OpenDatabase, onStore } from './database.ts';
import { normal } from './normal.ts';

export function describeKeys(open: OpenDatabase): void {
  describe('keys', () => {
    const row = (name: string, rest: Partial<DataKeyRow> = {}): DataKeyRow => ({
      name,
      purpose: 'seal',
      wrapped: new Uint8Array([1, 2]),
      createdAtMs: 1,
      ...rest,
    });

    it(
      'data keys are added all or none',
      onStore(open, async ({ store }) => {
        const rows = [row('code.1', { purpose: 'code' }), row('seal.1')];
        assert.equal(await store.addDataKeys(rows), true);
        assert.equal(await store.addDataKeys([row('seal.2'), row('seal.1')]), false);
        assert.deepEqual(normal(await store.loadDataKeys()), normal(rows));
      }),
    );

    it(
      'a new wrapping is written to every row or to none',
      onStore(open, async ({ store }) => {
        await store.addDataKeys([row('a'), row('b')]);
        const wrapped = new Uint8Array([9]);
        await assert.rejects(store.rewrapDataKeys([row('a', { wrapped }), row('lost', { wrapped })]));
        assert.deepEqual(normal(await store.loadDataKeys()), normal([row('a'), row('b')]));
        await store.rewrapDataKeys([row('a', { wrapped }), row('b', { wrapped })]);
        const rewrapped = [row('a', { wrapped }), row('b', { wrapped })];
        assert.deepEqual(normal(await store.loadDataKeys()), normal(rewrapped));
        await store.deleteDataKey('a');
        assert.deepEqual(
          (await store.loadDataKeys()).map(({ name }) => name),
          ['b'],
        );
      }),
    );

    it(
      'sealed columns are walked in the order of ids and replaced only where nothing has changed meanwhile',
      onStore(open, async ({ store, make }) => {
        const verifications = [1, 2, 3].map(() => make.verification());
        for (const verification of verifications) {
          const message = make.messageOf(verification);
          await store.transaction((tx) => tx.saveSend({ verification, message, counters: [], events: [] }));
        }
        const page = await store.scanSealed('verifications', '', 2);
        const ids = verifications.map(({ id }) => id);
        assert.deepEqual(
          page.map(({ id }) => id),
          ids.slice(0, 2),
        );
        const rest = await store.scanSealed('verifications', page[1]?.id ?? '', 2);
        assert.deepEqual(
          rest.map(({ id }) => id),
          ids.slice(2),
        );
        const [before, untouched] = page;
        assert.ok(before && untouched);
        const after = { ...before, toSealed: new Uint8Array([7]), contentSealed: new Uint8Array([8]) };
        assert.equal(await store.replaceSealed('verifications', after, before), true);
        assert.equal(await store.replaceSealed('verifications', after, before), false);

        const settle = { verificationId: untouched.id, state: 'approved', settledAtMs: 1 } as const;
        await store.transaction((tx) => tx.settleVerification(settle));
        const late = { ...untouched, toSealed: new Uint8Array([7]) };
        assert.equal(await store.replaceSealed('verifications', late, untouched), false);
        const [erased] = await store.scanSealed('verifications', before.id, 1);
        assert.ok(erased && !erased.contentSealed);
        assert.equal(
          await store.replaceSealed('verifications', { ...erased, ...{ toSealed: late.toSealed } }, erased),
          true,
        );
        assert.equal((await store.scanSealed('messages', '', 10)).length, 3);
      }),
    );
  });
}
