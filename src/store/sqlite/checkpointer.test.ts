/** The checkpointer, beside a connection that writes and never copies the log itself. */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { Checkpointer } from './checkpointer.ts';

describe('the checkpointer', () => {
  let folder: string;
  let path: string;
  let writer: DatabaseSync;
  let checkpointer: Checkpointer;
  let written = 0;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'otpost-checkpointer-'));
    path = join(folder, 'a #%.db');
    writer = new DatabaseSync(path);
    writer.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE rows (text TEXT)');
    written = 0;
    checkpointer = new Checkpointer({ path, rowsBetween: 10 });
  });

  afterEach(async () => {
    await checkpointer[Symbol.asyncDispose]();
    if (writer.isOpen) writer.close();
    rmSync(folder, { recursive: true });
  });

  function write(rows: number): void {
    const insert = writer.prepare('INSERT INTO rows VALUES (?)');
    for (let left = rows; left > 0; left -= 1) insert.run('x'.repeat(1000));
    written += rows;
    checkpointer.noteCommit(written);
  }

  /** What would be read if there were no log. */
  function rowsInFile(): number {
    const copy = join(folder, 'copy.db');
    copyFileSync(path, copy);
    const database = new DatabaseSync(copy, { readOnly: true });
    try {
      const exists = database.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'rows'`).get();
      return exists ? Number(database.prepare('SELECT count(*) AS count FROM rows').get()?.count) : 0;
    } finally {
      database.close();
      rmSync(copy, { force: true });
    }
  }

  it('copies the log once enough was written, again and again, and nothing before', async () => {
    write(9);
    await checkpointer.settled();
    assert.equal(rowsInFile(), 0);
    write(1);
    await checkpointer.settled();
    assert.equal(rowsInFile(), 10);
    write(9);
    await checkpointer.settled();
    assert.equal(rowsInFile(), 10);
    write(20);
    await checkpointer.settled();
    assert.equal(rowsInFile(), 39);
  });

  it('what is written meanwhile waits for nothing and asks for nothing more', async () => {
    write(10);
    write(10);
    write(10);
    await checkpointer.settled();
    write(0);
    await checkpointer.settled();
    assert.equal(rowsInFile(), 30);
  });

  it('leaves what a reader still sees the old way for another time', async () => {
    write(1);
    const reader = new DatabaseSync(path, { readOnly: true });
    try {
      reader.exec('BEGIN');
      assert.equal(reader.prepare('SELECT count(*) AS count FROM rows').get()?.count, 1);
      write(20);
      await checkpointer.settled();
      assert.equal(reader.prepare('SELECT count(*) AS count FROM rows').get()?.count, 1);
      reader.exec('COMMIT');
    } finally {
      reader.close();
    }
    write(10);
    await checkpointer.settled();
    assert.equal(rowsInFile(), 31);
  });

  it('closes its file, so that the writer leaves one file behind; without a need it has none', async () => {
    await checkpointer[Symbol.asyncDispose]();
    write(10);
    await Promise.all([checkpointer[Symbol.asyncDispose](), checkpointer[Symbol.asyncDispose]()]);
    writer.close();
    assert.deepEqual([existsSync(`${path}-wal`), existsSync(`${path}-shm`)], [false, false]);
    assert.equal(rowsInFile(), 10);
  });

  it('where its thread cannot open the file, nothing fails and no file is made; the next need tries again', async () => {
    const aside = join(folder, 'aside.db');
    renameSync(path, aside);
    write(10);
    await checkpointer.settled();
    assert.equal(existsSync(path), false);
    renameSync(aside, path);
    write(10);
    await checkpointer.settled();
    assert.equal(rowsInFile(), 20);
  });

  it('copies nothing into a file that has taken the place of the one that is written', async () => {
    write(9);
    writer.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    const restored = join(folder, 'restored.db');
    copyFileSync(path, restored);
    renameSync(restored, path);
    write(20);
    await checkpointer.settled();
    assert.equal(rowsInFile(), 9);
    const { count } = writer.prepare('SELECT count(*) AS count FROM rows').get() ?? {};
    assert.equal(count, 29);
    write(10);
    await checkpointer.settled();
    assert.equal(rowsInFile(), 9);
  });
});
