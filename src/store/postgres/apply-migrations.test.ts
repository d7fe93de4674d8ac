/** Migrating beside others: one at a time, patient with locks but never in everybody's way, and whole after an interruption. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { Client } from 'pg';
import { createTestDatabase, querySql } from '../../../test/support/postgres/test-server.ts';
import { systemTimers, type Timers } from '../../lib/time.ts';
import type { Migration } from '../migrate.ts';
import { isConcurrent, statementsOf } from './apply-migrations.ts';
import { loadPostgresMigrations, migratePostgres } from './migrate-postgres.ts';

const clock = () => 1_767_225_600_000;
const RELEASE = loadPostgresMigrations();

/** A later release's, of one more migration each. */
function laterMigrations(...files: readonly string[]): readonly Migration[] {
  const later = files.map((sql, index) => {
    const version = RELEASE.length + index + 1;
    const checksum = createHash('sha256').update(sql).digest('hex');
    return { version, name: 'later', sql, checksum, beside: version - 1 };
  });
  return [...RELEASE, ...later];
}

const WIDER = 'ALTER TABLE verifications ADD COLUMN later text;';
const INDEX = `-- For a later list.
DROP INDEX CONCURRENTLY IF EXISTS verifications_later;
CREATE INDEX CONCURRENTLY verifications_later ON verifications (created_at_ms);
`;

/** Runs `inPause` where a pause was meant, and goes on at once. */
function pausing(inPause: () => Promise<unknown>): Timers {
  return {
    setTimeout: (callback) => {
      void inPause().then(callback);
      return { unref: () => {} } as never;
    },
    clearTimeout: systemTimers.clearTimeout,
  };
}

function onDatabase(test: (url: string) => Promise<void>): () => Promise<void> {
  return async () => {
    const database = await createTestDatabase();
    try {
      await test(database.url);
    } finally {
      await database[Symbol.asyncDispose]();
    }
  };
}

describe('a migration beside nodes at work', () => {
  it(
    'gives way to who holds a table, lets others pass, and comes again',
    onDatabase(async (url) => {
      const holder = new Client({ connectionString: url });
      await holder.connect();
      await holder.query('BEGIN; SELECT FROM verifications');
      let pauses = 0;
      const timers = pausing(async () => {
        pauses += 1;
        // Nobody queues behind the migration now.
        await querySql(url, `SET lock_timeout = '1s'; DELETE FROM verifications`);
        await holder.end();
      });
      const { applied } = await migratePostgres({ url, clock, timers, known: laterMigrations(WIDER) });
      assert.deepEqual([applied.length, pauses], [1, 1]);
      await querySql(url, 'SELECT later FROM verifications');
    }),
  );

  it(
    'waits for another that migrates, and then finds it done',
    onDatabase(async (url) => {
      const known = laterMigrations(WIDER);
      const other = new Client({ connectionString: url });
      await other.connect();
      await other.query(`SELECT pg_advisory_lock(x'4f545054'::int)`);
      let waits = 0;
      const timers = pausing(async () => {
        waits += 1;
        await other.query('SELECT pg_advisory_unlock_all()');
        assert.equal((await migratePostgres({ url, clock, known })).applied.length, 1);
        await other.end();
      });
      assert.deepEqual((await migratePostgres({ url, clock, timers, known })).applied, []);
      assert.equal(waits, 1);
    }),
  );

  it(
    'builds an index anew where a build was interrupted, and records what came before it by itself',
    onDatabase(async (url) => {
      // As a build that was interrupted leaves it: there, and of no use.
      await querySql(url, 'CREATE INDEX verifications_later ON verifications (expires_at_ms)');
      const known = laterMigrations(WIDER, INDEX, 'ALTER TABLE messages ADD COLUMN later text;');
      const { version, applied } = await migratePostgres({ url, clock, known });
      assert.deepEqual([version, applied.length], [RELEASE.length + 3, 3]);
      const [index] = await querySql(
        url,
        `SELECT indisvalid, pg_get_indexdef(indexrelid) AS definition FROM pg_index
       WHERE indexrelid = 'verifications_later'::regclass`,
      );
      assert.equal(index?.indisvalid, true);
      assert.match(String(index?.definition), /created_at_ms/);
      const rows = await querySql(
        url,
        `SELECT beside FROM otpost_migrations WHERE name = 'later' ORDER BY 1`,
      );
      assert.deepEqual(
        rows.map(({ beside }) => beside),
        [RELEASE.length, RELEASE.length + 1, RELEASE.length + 2],
      );
    }),
  );

  it(
    'that fails keeps what was recorded before it and nothing of its own',
    onDatabase(async (url) => {
      const broken = 'ALTER TABLE messages ADD COLUMN later text; ALTER TABLE nowhere ADD COLUMN later text;';
      await assert.rejects(
        migratePostgres({ url, clock, known: laterMigrations(WIDER, INDEX, broken) }),
        /nowhere/,
      );
      await assert.rejects(querySql(url, 'SELECT later FROM messages'), /later/);
      const mended = laterMigrations(WIDER, INDEX, 'ALTER TABLE messages ADD COLUMN later text;');
      assert.equal((await migratePostgres({ url, clock, known: mended })).applied.length, 1);
    }),
  );

  it(
    'finds a record that knows nothing of releases beside it, and goes on',
    onDatabase(async (url) => {
      await querySql(url, 'ALTER TABLE otpost_migrations DROP COLUMN beside');
      await migratePostgres({ url, clock, known: laterMigrations(INDEX) });
      const [record] = await querySql(url, `SELECT beside FROM otpost_migrations WHERE name = 'later'`);
      assert.equal(record?.beside, RELEASE.length);
    }),
  );
});

describe('the statements of a migration', () => {
  it('are told apart at the ends of lines, comments left out', () => {
    assert.deepEqual(statementsOf('-- CONCURRENTLY; no\nA b;\n\nC (\n  d\n); -- e\n'), [
      'A b',
      'C (\n  d\n)',
    ]);
    assert.equal(isConcurrent({ sql: '-- CONCURRENTLY\nCREATE INDEX a ON b (c);' }), false);
    assert.equal(isConcurrent({ sql: INDEX }), true);
  });
});
