import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { decideMigrations, loadMigrations, type Migration } from './migrate.ts';

const migration = (version: number, beside = version - 1): Migration => ({
  version,
  name: 'step',
  sql: '',
  checksum: `sum-${version}`,
  beside,
});
const known = [1, 2, 3].map((version) => migration(version));

describe('which migrations are to run', () => {
  it('all of them on an empty database, the newer ones on an older, none on a current one', () => {
    const versions = (recorded: readonly Migration[]) =>
      decideMigrations(recorded, known).map(({ version }) => version);
    assert.deepEqual(versions([]), [1, 2, 3]);
    assert.deepEqual(versions([migration(1)]), [2, 3]);
    assert.deepEqual(versions([migration(2), migration(1), migration(3)]), []);
  });

  it('none on a newer schema that this release can run beside; any other is refused', () => {
    assert.deepEqual(decideMigrations([...known, migration(4)], known), []);
    assert.deepEqual(decideMigrations([...known, migration(4, 2), migration(5, 3)], known), []);
    const refused = [
      [migration(4), migration(5)],
      [migration(4, 4)],
      [migration(4, 4), migration(5, 3)],
      [{ version: 4, checksum: 'sum-4' }],
      [{ version: 4, checksum: 'sum-4', beside: null }],
    ];
    for (const newer of refused) {
      assert.throws(() => decideMigrations([...known, ...newer], known), {
        name: 'StoreError',
        kind: 'newer-schema',
      });
    }
  });

  it('an edited migration and a gap in the record are refused', () => {
    const edited = { ...migration(2), checksum: 'other' };
    assert.throws(() => decideMigrations([migration(1), edited], known), { kind: 'corrupt' });
    assert.throws(() => decideMigrations([migration(1), migration(3)], known), { kind: 'corrupt' });
    assert.throws(() => decideMigrations([migration(1), migration(2), migration(4)], known), {
      kind: 'corrupt',
    });
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

  it('say beside which releases they run: the one before, where they say nothing', () => {
    inFolder(['0001_foundation.sql', '0002_more.sql', '0003_wide.sql'], (folder) => {
      writeFileSync(join(folder, '0003_wide.sql'), '-- Wide.\n-- beside: 1\nSELECT 1;');
      const read = () => loadMigrations(folder).map(({ beside }) => beside);
      assert.deepEqual(read(), [0, 1, 1]);
      writeFileSync(join(folder, '0003_wide.sql'), '-- beside: 4');
      assert.throws(read, /no release runs beside/);
    });
  });

  it('a gap, a double number or a stray file is a mistake', () => {
    for (const files of [['0002_b.sql'], ['0001_a.sql', '0001_b.sql'], ['0001_a.sql', 'notes.txt']]) {
      inFolder(files, (folder) => assert.throws(() => loadMigrations(folder), /migration out of order/));
    }
  });
});
