/** What is to be sent if nothing was delivered: one row a verification, found when it is due. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Fallback } from '../../../src/engine/ports/fallback-store.ts';
import { type OpenDatabase, onStore } from './database.ts';

export function describeFallbacks(open: OpenDatabase): void {
  describe('fallbacks', () => {
    it(
      'are found when due, the longest due first, until they are deleted',
      onStore(open, async ({ store, make }) => {
        const tenantId = make.makeId();
        const due = (dueAtMs: number): Fallback => ({
          verificationId: make.makeId(),
          tenantId,
          step: 0,
          dueAtMs,
        });
        const [late, early, later] = [due(200), due(100), due(300)];
        for (const fallback of [late, early, later])
          await store.transaction((tx) => tx.saveFallback(fallback));
        assert.deepEqual(await store.listDueFallbacks(200, 10), [early, late]);
        assert.deepEqual(await store.listDueFallbacks(300, 1), [early]);
        await store.transaction((tx) => tx.deleteFallback(early.verificationId));
        assert.deepEqual(await store.listDueFallbacks(200, 10), [late]);
      }),
    );

    it(
      'are replaced by the next step',
      onStore(open, async ({ store, make }) => {
        const first: Fallback = {
          verificationId: make.makeId(),
          tenantId: make.makeId(),
          step: 0,
          dueAtMs: 1,
        };
        const second = { ...first, step: 1, dueAtMs: 2 };
        const loaded = await store.transaction(async (tx) => {
          await tx.saveFallback(first);
          await tx.saveFallback(second);
          return tx.loadFallback(first.verificationId);
        });
        assert.deepEqual(loaded, second);
        assert.equal(await store.transaction((tx) => tx.loadFallback(make.makeId())), undefined);
      }),
    );
  });
}
