/** The store contract on SQLite, each test with a file of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store } from '../../../src/engine/ports.ts';
import { openSqliteStore } from '../../../src/store/sqlite/open-sqlite-store.ts';
import { MANUAL_CLOCK_START_MS } from '../../support/manual-clock.ts';
import type { TestDatabase } from './database.ts';
import { runStoreContract } from './run-store-contract.ts';

async function openDatabase(): Promise<TestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'otpost-store-'));
  const path = join(folder, 'otpost.db');
  const stores: Store[] = [];
  return {
    address: { kind: 'sqlite', location: path },
    async open() {
      const store = await openSqliteStore({ path, clock: () => MANUAL_CLOCK_START_MS });
      stores.push(store);
      return store;
    },
    async [Symbol.asyncDispose]() {
      for (const store of stores) await store[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

runStoreContract('SQLite', openDatabase);
