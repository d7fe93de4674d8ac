/** What the contract needs of a database under test, and the frame of one test on it. */
import type { Store } from '../../../src/engine/ports.ts';
import { createStoreFixtures, type StoreFixtures } from '../../support/store-fixtures.ts';
import type { StoreAddress } from '../../support/store-process.ts';

export interface TestDatabase extends AsyncDisposable {
  /** Another opener of the same database, as another node would be. All are closed with the database. */
  open(): Promise<Store>;
  /** By which another process opens the same database. */
  readonly address: StoreAddress;
}

export type OpenDatabase = () => Promise<TestDatabase>;

export interface StoreTest {
  readonly database: TestDatabase;
  readonly store: Store;
  readonly make: StoreFixtures;
}

/** Wraps a test in an empty database of its own with one store open on it. */
export function onStore(
  open: OpenDatabase,
  test: (context: StoreTest) => Promise<void>,
): () => Promise<void> {
  return async () => {
    await using database = await open();
    const store = await database.open();
    await test({ database, store, make: createStoreFixtures('contract') });
  };
}
