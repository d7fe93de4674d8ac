/**
 * Threat: nodes of two releases on one database, while one after the other is replaced. The older release is here by what
 * it asked of its database when it was recorded, for the two schemas before this one's.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import type { Store } from '../../src/engine/ports.ts';
import { loadPostgresMigrations, migratePostgres } from '../../src/store/postgres/migrate-postgres.ts';
import { openPostgresStore } from '../../src/store/postgres/open-postgres-store.ts';
import { loadSqliteMigrations, migrateSqlite } from '../../src/store/sqlite/migrate-sqlite.ts';
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts';
import { createTestDatabase, querySql } from '../support/postgres/test-server.ts';
import { loadRecordings, plain, type Recording, type StoreKind } from './recording.ts';
import { type ReplayedRelease, replayOnPostgres, replayOnSqlite } from './replay.ts';
import { playFirstAct, playSecondAct } from './session.ts';

const clock = () => 1_767_225_600_000;

interface Bench extends AsyncDisposable {
  /** As the release that knows these many migrations does when it starts. */
  migrateTo(schema: number): Promise<unknown>;
  replay(recording: Recording): Promise<ReplayedRelease>;
  /** This release. */
  open(): Promise<Store>;
  execute(sql: string): Promise<unknown>;
}

async function createPostgresBench(): Promise<Bench> {
  const { url, [Symbol.asyncDispose]: dispose } = await createTestDatabase({ isEmpty: true });
  return {
    migrateTo: (schema) => migratePostgres({ url, clock, known: loadPostgresMigrations().slice(0, schema) }),
    replay: (recording) => replayOnPostgres(recording, url),
    open: () => openPostgresStore({ url, clock }),
    execute: (sql) => querySql(url, sql),
    [Symbol.asyncDispose]: dispose,
  };
}

async function createSqliteBench(): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'otpost-upgrade-'));
  const path = join(folder, 'otpost.db');
  return {
    migrateTo: (schema) => migrateSqlite({ path, clock, known: loadSqliteMigrations().slice(0, schema) }),
    replay: async (recording) => replayOnSqlite(recording, path),
    open: () => openSqliteStore({ path, clock }),
    async execute(sql) {
      const database = new DatabaseSync(path);
      database.exec(sql);
      database.close();
    },
    async [Symbol.asyncDispose]() {
      rmSync(folder, { recursive: true });
    },
  };
}

const BENCHES = {
  sqlite: { createBench: createSqliteBench, first: 5 },
  postgres: { createBench: createPostgresBench, first: 4 },
} as const;

for (const kind of ['sqlite', 'postgres'] as const satisfies readonly StoreKind[]) {
  const { createBench, first } = BENCHES[kind];
  const current = readdirSync(join(import.meta.dirname, `../../src/store/${kind}/migrations`)).length;
  const before = [current - 2, current - 1].filter((schema) => schema >= first);
  const recordings = loadRecordings(kind).filter(({ schema }) => before.includes(schema));

  describe(`nodes of two releases on one ${kind} database`, () => {
    it('the two schemas before this one are recorded, and no others', () => {
      const hint =
        'run `node test/upgrade/record.ts` at the commit before the migration, and remove the oldest';
      assert.deepEqual(
        loadRecordings(kind).map(({ schema }) => schema),
        before,
        hint,
      );
    });

    for (const recording of recordings) {
      const { schema, parts } = recording;

      it(`the release of schema ${schema} goes on while ${schema + 1} is migrated beneath it`, async () => {
        await using bench = await createBench();
        await bench.migrateTo(schema);
        await using older = await bench.replay(recording);
        await older.play('first');
        await bench.migrateTo(schema + 1);
        await older.play('second');
        // It may be started again, too.
        assert.deepEqual(await bench.migrateTo(schema), { version: schema + 1, applied: [] });
      });

      it(`what contracts schema ${schema} is noticed`, async () => {
        for (const contraction of [
          'ALTER TABLE messages DROP COLUMN failure',
          'ALTER TABLE verifications RENAME COLUMN purpose TO reason',
          'DROP TABLE fallbacks',
        ]) {
          await using bench = await createBench();
          await bench.migrateTo(schema);
          await using older = await bench.replay(recording);
          await older.play('first');
          await bench.execute(contraction);
          await assert.rejects(older.play('second'), contraction);
        }
      });

      if (schema !== current - 1) continue;

      it(`this release goes on with what schema ${schema} has, and the older one with what this one wrote`, async () => {
        await using bench = await createBench();
        await bench.migrateTo(schema);
        await using older = await bench.replay(recording);
        await older.play('first');
        await using newer = await bench.open();
        const handedOver = await playSecondAct(newer, parts);

        await using alone = await createBench();
        await using store = await alone.open();
        await playFirstAct(store, parts);
        assert.equal(plain(handedOver), plain(await playSecondAct(store, parts)));

        await using other = await createBench();
        await using fresh = await other.open();
        await playFirstAct(fresh);
        await using back = await other.replay(recording);
        await back.play('second');
      });
    }
  });
}
