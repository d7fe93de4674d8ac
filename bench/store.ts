/**
 * What the store does in a second, without HTTP and without the engine: transactions of the size of a start and of
 * a right check, with 1, 16 and 64 of them waiting at a time, each on a fresh file. A few seconds in all.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../src/lib/time.ts';
import { openSqliteStore } from '../src/store/sqlite/open-sqlite-store.ts';
import { createStoreFixtures } from '../test/support/store-fixtures.ts';
import { check, measure, type Started, start } from './store-load.ts';

const WAITING = [1, 16, 64] as const;
const RUN_MS = 1_500;

const folder = mkdtempSync(join(tmpdir(), 'otpost-bench-'));
try {
  const rows: Record<string, unknown>[] = [];
  for (const waiting of WAITING) {
    const path = join(folder, `${waiting}.db`);
    let commits = 0;
    let transactions = 0;
    const store = await openSqliteStore({
      path,
      clock: systemClock,
      onCommit: (count) => {
        commits += 1;
        transactions += count;
      },
    });
    const make = createStoreFixtures(`bench-${waiting}`, systemClock());
    const started: Started[] = [];
    const starts = await measure(RUN_MS, waiting, async () => void started.push(await start(store, make)));
    const checks = await measure(RUN_MS, waiting, () => {
      const next = started.shift();
      return next && check(store, make, next);
    });
    rows.push({ what: 'start', waiting, ...starts });
    rows.push({ what: 'check', waiting, ...checks, 'per commit': (transactions / commits).toFixed(1) });
    await store[Symbol.asyncDispose]();
    console.log(`${path.split('/').at(-1)}: ${(statSync(path).size / 1e6).toFixed(1)} MB`);
  }
  console.table(rows);
} finally {
  rmSync(folder, { recursive: true });
}
