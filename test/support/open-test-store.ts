import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'node:test';
import type { Store } from '../../src/engine/ports.ts';
import { systemClock, systemTimers, type Timers } from '../../src/lib/time.ts';
import { PATIENCE_MS } from '../../src/store/sqlite/group-commit.ts';
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts';

/** Waits for no company, which in a test does not come. */
const impatient: Timers = {
  ...systemTimers,
  setTimeout: (callback, delayMs) => systemTimers.setTimeout(callback, delayMs > PATIENCE_MS ? delayMs : 0),
};

/** A store on a file of its own, which goes when the store is closed. */
export async function openTestStore(): Promise<Store> {
  const folder = mkdtempSync(join(tmpdir(), 'otpost-test-'));
  const store = await openSqliteStore({
    path: join(folder, 'otpost.db'),
    clock: systemClock,
    timers: impatient,
  });
  const close = store[Symbol.asyncDispose].bind(store);
  store[Symbol.asyncDispose] = async () => {
    await close();
    rmSync(folder, { recursive: true });
  };
  return store;
}

/** Opens such stores for the tests of one `describe`, and closes after each what it opened. */
export function openTestStores(): () => Promise<Store> {
  const stores: Store[] = [];
  afterEach(async () => {
    for (const store of stores.splice(0)) await store[Symbol.asyncDispose]();
  });
  return async () => {
    const store = await openTestStore();
    stores.push(store);
    return store;
  };
}
