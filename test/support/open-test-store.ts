import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store } from '../../src/engine/ports.ts';
import { systemClock } from '../../src/lib/time.ts';
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts';

/** A store on a file of its own, which goes when the store is closed. */
export async function openTestStore(): Promise<Store> {
  const folder = mkdtempSync(join(tmpdir(), 'otpost-test-'));
  const store = await openSqliteStore({ path: join(folder, 'otpost.db'), clock: systemClock });
  const close = store[Symbol.asyncDispose].bind(store);
  store[Symbol.asyncDispose] = async () => {
    await close();
    rmSync(folder, { recursive: true });
  };
  return store;
}
