/** The keys that sign tokens. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { StoredSigningKey } from '../../../src/engine/ports/signing-keys.ts';
import { type OpenDatabase, onStore } from './database.ts';
import { normal } from './normal.ts';

export function describeSigningKeys(open: OpenDatabase): void {
  describe('signing keys', () => {
    const key = (kid: string, generation: number): StoredSigningKey => ({
      kid,
      generation,
      publicJwk: { kty: 'RSA', n: `n-of-${kid}`, e: 'AQAB' },
      privateSealed: new Uint8Array([1, 2, generation]),
      createdAtMs: 1000 + generation,
      signsFromMs: 2000 + generation,
    });

    it(
      'come back as they were written, the oldest first, and go by name',
      onStore(open, async ({ store }) => {
        assert.deepEqual(await store.loadSigningKeys(), []);
        assert.equal(await store.addSigningKey(key('b', 2)), true);
        assert.equal(await store.addSigningKey(key('a', 1)), true);
        assert.deepEqual(normal(await store.loadSigningKeys()), normal([key('a', 1), key('b', 2)]));
        await store.deleteSigningKey('a');
        await store.deleteSigningKey('unknown');
        assert.deepEqual(normal(await store.loadSigningKeys()), normal([key('b', 2)]));
      }),
    );

    it(
      'of many nodes that add the same generation at once exactly one does',
      onStore(open, async ({ database, store }) => {
        const stores = [store, await database.open()];
        const added = await Promise.all(
          Array.from({ length: 20 }, (_, index) =>
            (stores[index % 2] ?? assert.fail()).addSigningKey(key(`k${index}`, 1)),
          ),
        );
        const kids = added.flatMap((isAdded, index) => (isAdded ? [`k${index}`] : []));
        assert.equal(kids.length, 1);
        const keys = await store.loadSigningKeys();
        assert.deepEqual(
          keys.map(({ kid }) => kid),
          kids,
        );
      }),
    );
  });
}
