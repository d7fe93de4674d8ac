/** What the session does not ask of a store, no recording holds a migration to. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Store, Transaction } from '../../src/engine/ports.ts';
import { openTestStore } from '../support/open-test-store.ts';
import { playFirstAct, playSecondAct } from './session.ts';

/** Of the implementation, not of the port. */
const INNER = ['constructor', 'flush'];

it('the session of two releases asks a store for everything that there is to ask', async () => {
  const asked = new Set<string>();
  const noting = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(_, name) {
        const found: unknown = Reflect.get(target, name, target);
        if (typeof found !== 'function' || typeof name !== 'string') return found;
        asked.add(name);
        return found.bind(target);
      },
    });
  await using store = await openTestStore();
  const transaction: Store['transaction'] = (work) => store.transaction((tx) => work(noting(tx)));
  const noted = noting({ ...store, transaction });
  await playFirstAct(noted);
  await playSecondAct(noted);

  let methods: readonly string[] = [];
  await store.transaction(async (tx: Transaction) => {
    methods = Object.getOwnPropertyNames(Object.getPrototypeOf(tx));
  });
  const all = [...Object.keys(store), ...methods].filter((name) => !INNER.includes(name));
  assert.ok(all.length > 80);
  assert.deepEqual(
    all.filter((name) => !asked.has(name)),
    [],
    'to be added to test/upgrade/session.ts',
  );
});
