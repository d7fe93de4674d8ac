/** Opening and migrating: what cannot be used is refused in one line, which never holds the password. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createTestDatabase, querySql, testServerUrl } from '../../../test/support/postgres/test-server.ts';
import { createStoreFixtures } from '../../../test/support/store-fixtures.ts';
import { startOnce } from '../../../test/support/store-steps.ts';
import type { StoreErrorKind } from '../store-error.ts';
import { loadPostgresMigrations, migratePostgres } from './migrate-postgres.ts';
import { openPostgresStore } from './open-postgres-store.ts';

const clock = () => 1_767_225_600_000;

async function assertRefused(url: string, kind: StoreErrorKind, migrates = true): Promise<void> {
  const { password } = new URL(url);
  const openings = [() => openPostgresStore({ url, clock, migrates }), () => migratePostgres({ url, clock })];
  for (const open of migrates ? openings : openings.slice(0, 1)) {
    await assert.rejects(open(), (error: Error) => {
      assert.deepEqual([error.name, 'kind' in error && error.kind], ['StoreError', kind]);
      assert.ok(!error.message.includes('\n'));
      assert.ok(password === '' || !error.message.includes(password), 'a password in the error');
      return true;
    });
  }
}

function onDatabase(
  kind: { readonly isEmpty: boolean },
  test: (url: string) => Promise<void>,
): () => Promise<void> {
  return async () => {
    const database = await createTestDatabase(kind);
    try {
      await test(database.url);
    } finally {
      await database[Symbol.asyncDispose]();
    }
  };
}

describe('a PostgreSQL database', () => {
  it(
    'that is empty is migrated once, by whichever of many nodes comes first',
    onDatabase({ isEmpty: true }, async (url) => {
      const nodes = await Promise.all(Array.from({ length: 6 }, () => openPostgresStore({ url, clock })));
      const make = createStoreFixtures('migrated');
      await Promise.all(nodes.map((node) => startOnce(node, make)));
      await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()));
      const [record] = await querySql(
        url,
        'SELECT count(*) AS rows, count(DISTINCT version) AS versions FROM otpost_migrations',
      );
      assert.equal(record?.rows, record?.versions);
      assert.deepEqual((await migratePostgres({ url, clock })).applied, []);
    }),
  );

  it(
    'is migrated whole or not at all',
    onDatabase({ isEmpty: true }, async (url) => {
      // Something in the way of the last table, that looks like no table.
      await querySql(url, 'CREATE TYPE device_verifications AS ENUM ()');
      await assert.rejects(migratePostgres({ url, clock }), /device_verifications/);
      const [left] = await querySql(url, `SELECT to_regclass('tenants') AS tenants`);
      assert.equal(left?.tenants, null);
      await querySql(url, 'DROP TYPE device_verifications');
      assert.ok((await migratePostgres({ url, clock })).applied.length > 0);
    }),
  );

  it(
    'of an older schema is refused where the opener does not migrate',
    onDatabase({ isEmpty: true }, async (url) => {
      await assertRefused(url, 'not-migrated', false);
    }),
  );

  it(
    'of a newer release is refused, unless that lets this one go on',
    onDatabase({ isEmpty: false }, async (url) => {
      const migrateLater = (beside: string) =>
        querySql(
          url,
          `DELETE FROM otpost_migrations WHERE name = 'later';
           INSERT INTO otpost_migrations SELECT max(version) + 1, 'later', 'x', 0, ${beside} FROM otpost_migrations`,
        );
      for (const beside of ['NULL', 'max(version) + 1']) {
        await migrateLater(beside);
        await assertRefused(url, 'newer-schema');
      }
      await migrateLater('max(version)');
      const { version, applied } = await migratePostgres({ url, clock });
      assert.deepEqual([version, applied], [loadPostgresMigrations().length + 1, []]);
      for (const migrates of [true, false]) {
        const store = await openPostgresStore({ url, clock, migrates });
        await startOnce(store, createStoreFixtures(`newer-${migrates}`));
        await store[Symbol.asyncDispose]();
      }
    }),
  );

  it(
    'whose migrations are not those of this release is refused',
    onDatabase({ isEmpty: false }, async (url) => {
      await querySql(url, `UPDATE otpost_migrations SET checksum = 'other' WHERE version = 1`);
      await assertRefused(url, 'corrupt');
    }),
  );

  it(
    'of another program is refused and left as it is',
    onDatabase({ isEmpty: true }, async (url) => {
      await querySql(url, 'CREATE TABLE theirs (id integer)');
      await assertRefused(url, 'foreign');
      const [found] = await querySql(url, `SELECT to_regclass('otpost_migrations') AS record`);
      assert.equal(found?.record, null);
    }),
  );

  it('that is not there, or out of reach, is refused', async () => {
    const missing = new URL(await testServerUrl());
    missing.pathname = '/otpost_no_such_database';
    await assertRefused(missing.href, 'unwritable');
    const unreachable = new URL(missing);
    unreachable.port = '1';
    await assertRefused(unreachable.href, 'unwritable');
  });
});
