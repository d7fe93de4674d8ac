/** The store contract on PostgreSQL: a database for the file, emptied for each test. */
import { after } from 'node:test';
import type { Store } from '../../../src/engine/ports.ts';
import { openPostgresStore } from '../../../src/store/postgres/open-postgres-store.ts';
import { MANUAL_CLOCK_START_MS } from '../../support/manual-clock.ts';
import {
  createTestDatabase,
  emptyTestDatabase,
  type TestDatabaseServer,
} from '../../support/postgres/test-server.ts';
import { describeCarrierSlots } from './carrier-slots.ts';
import type { TestDatabase } from './database.ts';
import { runStoreContract } from './run-store-contract.ts';

let server: Promise<TestDatabaseServer> | undefined;
after(async () => (await server)?.[Symbol.asyncDispose]());

async function openDatabase(): Promise<TestDatabase> {
  server ??= createTestDatabase();
  const { url } = await server;
  await emptyTestDatabase(url);
  const stores: Store[] = [];
  return {
    address: { kind: 'postgres', location: url },
    async open() {
      const store = await openPostgresStore({ url, clock: () => MANUAL_CLOCK_START_MS });
      stores.push(store);
      return store;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(stores.map((store) => store[Symbol.asyncDispose]()));
    },
  };
}

runStoreContract('PostgreSQL', openDatabase);
describeCarrierSlots(openDatabase);
