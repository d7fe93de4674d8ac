import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { decideMigrations, loadMigrations, type Migration } from './migrate.ts';

const migration = (version: number): Migration => ({
  version,
  name: 'step',
  sql: '',
  checksum: `sum-${version}`,
});
const known = [1, 2, 3].map(migration);

describe('which migrations are to run', () => {
  it('all of them on an empty database, the newer ones on an older, none on a current one', () => {
    const versions = (recorded: readonly Migration[]) =>
      decideMigrations(recorded, known).map(({ version }) => version);
    assert.deepEqual(versions([]), [1, 2, 3]);
    assert.deepEqual(versions([migration(1)]), [2, 3]);
    assert.deepEqual(versions([migration(2), migration(1), migration(3)]), []);
  });

  it('none on a newer schema: it is refused', () => {
    assert.throws(() => decideMigrations([...known, migration(4)], known), {
      name: 'StoreError',
      kind: 'newer-schema',
    });
  });

  it('an edited migration and a gap in the record are refused', () => {
    const edited = { ...migration(2), checksum: 'other' };
    assert.throws(() => decideMigrations([migration(1), edited], known), { kind: 'corrupt' });
    assert.throws(() => decideMigrations([migration(1), migration(3)], known), { kind: 'corrupt' });
  });
});

describe('migration files', () => {
  const inFolder = (files: readonly string[], test: (folder: string) => void) => {
    const folder = mkdtempSync(join(tmpdir(), 'otpost-migrations-'));
    try {
      for (const file of files) writeFileSync(join(folder, file), `-- ${file}`);
      test(folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  it('are read in the order of their numbers', () => {
    inFolder(['0002_more.sql', '0001_foundation.sql'], (folder) => {
      const read = loadMigrations(folder).map(({ version, name, sql }) => [version, name, sql]);
      assert.deepEqual(read, [
        [1, 'foundation', '-- 0001_foundation.sql'],
        [2, 'more', '-- 0002_more.sql'],
      ]);
    });
  });

  it('a gap, a double number or a stray file is a mistake', () => {
    for (const files of [['0002_b.sql'], ['0001_a.sql', '0001_b.sql'], ['0001_a.sql', 'notes.txt']]) {
      inFolder(files, (folder) => assert.throws(() => loadMigrations(folder), /migration out of order/));
    }
  });
});
