/** Opening and migrating files of every kind: what cannot be used is refused in one line and left as it was. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { forkStore } from '../../../test/support/fork-store.ts';
import { createStoreFixtures } from '../../../test/support/store-fixtures.ts';
import { startOnce } from '../../../test/support/store-steps.ts';
import type { Store } from '../../engine/ports.ts';
import type { StoreErrorKind } from '../store-error.ts';
import { backupSqlite } from './backup.ts';
import { loadSqliteMigrations, migrateSqlite } from './migrate-sqlite.ts';
import { openSqliteStore, type SqliteStoreOptions } from './open-sqlite-store.ts';

const clock = () => 1_767_225_600_000;

describe('a SQLite file', () => {
  let folder = '';
  let path = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'otpost-open-'));
    path = join(folder, 'otpost.db');
  });
  const stores: Store[] = [];
  /** Closed when the test ends. */
  const open = async (options: Partial<SqliteStoreOptions> = {}) => {
    const store = await openSqliteStore({ path, clock, ...options });
    stores.push(store);
    return store;
  };
  afterEach(async () => {
    for (const store of stores.splice(0)) await store[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  const edit = (sql: string) => {
    const database = new DatabaseSync(path);
    database.exec(sql);
    database.close();
  };
  const query = (sql: string) => {
    const database = new DatabaseSync(path, { readOnly: true });
    const row = Object.values(database.prepare(sql).get() ?? {})[0];
    database.close();
    return row;
  };
  const assertRefused = async (kind: StoreErrorKind, at = path) => {
    await assert.rejects(openSqliteStore({ path: at, clock }), { name: 'StoreError', kind });
    await assert.rejects(migrateSqlite({ path: at, clock }), { name: 'StoreError', kind });
  };
  /** Refused, and not one byte of it changed. */
  const assertLeftAlone = async (kind: StoreErrorKind) => {
    const hash = () => createHash('sha256').update(readFileSync(path)).digest('hex');
    const before = hash();
    await assertRefused(kind);
    assert.equal(hash(), before);
    assert.deepEqual(readdirSync(folder), ['otpost.db']);
  };

  it('is made where there is none, for its owner’s eyes only, and opened again as it was left', async () => {
    const make = createStoreFixtures('open');
    const store = await openSqliteStore({ path, clock });
    const { tenantId, verificationId } = await startOnce(store, make);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(statSync(`${path}-wal`).mode & 0o777, 0o600);
    await store[Symbol.asyncDispose]();
    assert.deepEqual(readdirSync(folder), ['otpost.db']);
    const again = await open();
    assert.ok(await again.findVerification(tenantId, verificationId));
  });

  it('keeps a write-ahead log, so that readers and backups do not stop writers', async () => {
    const store = await open();
    await store.probe();
    assert.equal(query('PRAGMA journal_mode'), 'wal');
  });

  it('that is removed or replaced beneath a running store is told of: what is written to it is lost', async () => {
    const store = await open();
    await store.probe();
    rmSync(path);
    await assert.rejects(store.probe(), { message: 'the database file was removed or replaced' });
    writeFileSync(path, '');
    await assert.rejects(store.probe(), { message: 'the database file was removed or replaced' });
  });

  it('is migrated once, and a second time there is nothing to do', async () => {
    const { version, applied } = await migrateSqlite({ path, clock });
    assert.deepEqual([applied.length, applied[0]], [version, '0001_foundation']);
    assert.deepEqual(await migrateSqlite({ path, clock }), { version, applied: [] });
    assert.equal(query('SELECT applied_at_ms FROM migrations'), clock());
    const store = await open({ migrates: false });
    await store.probe();
  });

  it('that is not migrated is refused by who may not migrate it', async () => {
    const opening = openSqliteStore({ path, clock, migrates: false });
    await assert.rejects(opening, { name: 'StoreError', kind: 'not-migrated' });
  });

  it('is migrated by one of two processes that come at once, and both go on', async () => {
    const address = { kind: 'sqlite', location: path } as const;
    const processes = await Promise.all([forkStore(address), forkStore(address)]);
    for (const each of processes) await each[Symbol.asyncDispose]();
    assert.equal(query('SELECT count(*) = max(version) FROM migrations'), 1);
    assert.deepEqual((await migrateSqlite({ path, clock })).applied, []);
  });

  it('whose migrating process is killed in the middle is as it was, and the next one migrates it', async () => {
    const release = loadSqliteMigrations();
    await migrateSqlite({ path, clock, known: release.slice(0, -2) });
    // The record is dated when the first of two migrations has run and neither is committed.
    const program = `import { migrateSqlite } from ${JSON.stringify(join(import.meta.dirname, 'migrate-sqlite.ts'))};
      await migrateSqlite({ path: process.argv[1], clock: () => process.kill(process.pid, 'SIGKILL') });`;
    const { signal } = spawnSync(process.execPath, ['--input-type=module', '-e', program, path]);
    assert.equal(signal, 'SIGKILL');
    assert.equal(query('SELECT max(version) FROM migrations'), release.length - 2);
    const { version, applied } = await migrateSqlite({ path, clock });
    assert.deepEqual([version, applied.length], [release.length, 2]);
    await startOnce(await open(), createStoreFixtures('interrupted'));
  });

  it('of a newer schema is refused and left alone', async () => {
    const { version } = await migrateSqlite({ path, clock });
    edit(
      `PRAGMA journal_mode = DELETE; INSERT INTO migrations VALUES (${version + 1}, 'later', 'x', 0, ${version + 1})`,
    );
    await assertLeftAlone('newer-schema');
  });

  it('of a newer schema that lets this release go on is opened as it is', async () => {
    const { version } = await migrateSqlite({ path, clock });
    edit(`INSERT INTO migrations VALUES (${version + 1}, 'later', 'x', 0, ${version})`);
    assert.deepEqual(await migrateSqlite({ path, clock }), { version: version + 1, applied: [] });
    for (const migrates of [true, false])
      await startOnce(await open({ migrates }), createStoreFixtures(`newer-${migrates}`));
  });

  it('whose record is of a release that knew nothing of others beside it is migrated all the same', async () => {
    const { version } = await migrateSqlite({ path, clock, known: loadSqliteMigrations().slice(0, -1) });
    edit('ALTER TABLE migrations DROP COLUMN beside');
    assert.equal((await migrateSqlite({ path, clock })).version, version + 1);
    assert.equal(query(`SELECT beside FROM migrations WHERE version = ${version + 1}`), version);
  });

  it('with an edited migration on record is refused and left alone', async () => {
    await migrateSqlite({ path, clock });
    edit(`PRAGMA journal_mode = DELETE; UPDATE migrations SET checksum = 'x'`);
    await assertLeftAlone('corrupt');
  });

  it('of another program is refused and left alone', async () => {
    edit('CREATE TABLE songs (title TEXT)');
    await assertLeftAlone('foreign');
  });

  it('that is no database is refused and left alone', async () => {
    writeFileSync(path, 'Dear diary, '.repeat(100));
    await assertLeftAlone('foreign');
  });

  it('that is empty becomes a database', async () => {
    writeFileSync(path, '');
    const store = await open();
    await store.probe();
  });

  it('that cannot be is refused: no folder, a folder in its place, a file in the folder’s place', async () => {
    await assertRefused('unwritable', join(folder, 'no', 'otpost.db'));
    await assertRefused('unwritable', folder);
    writeFileSync(path, '');
    await assertRefused('unwritable', join(path, 'otpost.db'));
  });

  it('shares one physical commit among what waits, and a refusal among it costs the others nothing', async () => {
    const sizes: number[] = [];
    const store = await open({ onCommit: (size) => sizes.push(size) });
    const make = createStoreFixtures('group');
    const results = await Promise.allSettled(
      Array.from({ length: 100 }, (_, index) =>
        index % 10 === 0
          ? store.transaction(async (tx) => {
              const verification = make.verification({ tenantId: 'refused' });
              const message = make.messageOf(verification);
              await tx.saveSend({ verification, message, counters: [], events: [] });
              throw new Error('refused');
            })
          : startOnce(store, make).then(({ tenantId }) => tenantId),
      ),
    );
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 90);
    assert.deepEqual(sizes, [100]);
    assert.equal(await store.countQueued(), 90);
    assert.deepEqual(await store.listVerifications('refused', {}, { limit: 10 }), []);
  });

  it('held by another writer makes callers wait for it and not fail', async () => {
    const store = await open();
    const other = new DatabaseSync(path);
    other.exec('BEGIN IMMEDIATE');
    const waiting = startOnce(store, createStoreFixtures('held'));
    const reading = store.listTenants();
    assert.deepEqual(await reading, []);
    await new Promise((resolve) => setImmediate(resolve));
    other.exec('COMMIT');
    other.close();
    assert.ok(await waiting);
  });

  it('keeps its log bounded while it is written to', async () => {
    const store = await open();
    const make = createStoreFixtures('log');
    for (let round = 0; round < 60; round += 1) {
      await Promise.all(Array.from({ length: 128 }, () => startOnce(store, make)));
    }
    assert.ok(statSync(path).size > 4_000_000);
    assert.ok(statSync(`${path}-wal`).size < 40_000_000, `${statSync(`${path}-wal`).size}`);
  });

  it('has its log copied by a thread of its own, which ends with it', async () => {
    const store = await open();
    const make = createStoreFixtures('thread');
    const starting = once(process, 'worker');
    const events = Array.from({ length: 3_000 }, () => make.event());
    await store.transaction((tx) => tx.appendEvents(events));
    const [thread] = await starting;
    const ended = once(thread, 'exit');
    assert.deepEqual(await once(thread, 'message'), ['copied']);
    assert.ok(statSync(path).size > 500_000, `${statSync(path).size}`);
    await Promise.all([store[Symbol.asyncDispose](), store[Symbol.asyncDispose]()]);
    assert.deepEqual(await ended, [0]);
    assert.deepEqual(readdirSync(folder), ['otpost.db']);
  });

  it('is copied while it is written to, and the copy is whole', async () => {
    const make = createStoreFixtures('backup');
    const target = join(folder, 'copy.db');
    const store = await openSqliteStore({ path, clock });
    const before = await startOnce(store, make);
    let isDone = false;
    const writing = (async () => {
      while (!isDone) await startOnce(store, make);
    })();
    await backupSqlite(path, target).finally(() => {
      isDone = true;
    });
    await writing;
    await store[Symbol.asyncDispose]();

    assert.equal(statSync(target).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(folder).sort(), ['copy.db', 'otpost.db']);
    const copy = new DatabaseSync(target);
    assert.equal(copy.prepare('PRAGMA integrity_check').get()?.integrity_check, 'ok');
    copy.close();
    const restored = await open({ path: target });
    assert.ok(await restored.findVerification(before.tenantId, before.verificationId));
    await startOnce(restored, make);
  });

  it('is not copied over something that is there, nor from nothing', async () => {
    const target = join(folder, 'copy.db');
    await assert.rejects(backupSqlite(path, target), { kind: 'unwritable' });
    await migrateSqlite({ path, clock });
    writeFileSync(target, 'precious');
    await assert.rejects(backupSqlite(path, target), { kind: 'unwritable' });
    assert.equal(readFileSync(target, 'utf8'), 'precious');
    await assert.rejects(backupSqlite(path, join(folder, 'no', 'copy.db')), { kind: 'unwritable' });
  });
});
