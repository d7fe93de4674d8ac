/**
 * A store in a process of its own, as a node has it, doing pairs of start and check for as long as it is told.
 * `node bench/store-process.ts POSTGRES_URL_OR_FILE`
 */
import { systemClock } from '../src/lib/time.ts';
import { openPostgresStore } from '../src/store/postgres/open-postgres-store.ts';
import { openSqliteStore } from '../src/store/sqlite/open-sqlite-store.ts';
import { createStoreFixtures } from '../test/support/store-fixtures.ts';
import { check, measure, start } from './store-load.ts';

export interface PairsOrder {
  readonly runMs: number;
  /** Pairs under way at a time. */
  readonly waiting: number;
}

export interface PairsDone {
  readonly pairs: number;
  readonly perSecond: number;
  readonly p99Ms: number;
  /** Of this process. */
  readonly cpuMs: number;
}

const [target = ''] = process.argv.slice(2);
const store = target.startsWith('postgres:')
  ? await openPostgresStore({ url: target, clock: systemClock })
  : await openSqliteStore({ path: target, clock: systemClock });
let runs = 0;

async function run({ runMs, waiting }: PairsOrder): Promise<PairsDone> {
  runs += 1;
  const make = createStoreFixtures(`${process.pid}-${runs}`, systemClock());
  let pairs = 0;
  const before = process.cpuUsage();
  const measured = await measure(runMs, waiting, async () => {
    await check(store, make, await start(store, make));
    pairs += 1;
  });
  const { user, system } = process.cpuUsage(before);
  return {
    pairs,
    perSecond: measured['per second'],
    p99Ms: Number(measured['p99 ms']),
    cpuMs: (user + system) / 1000,
  };
}

process.on('message', (order) => void run(order as PairsOrder).then((done) => process.send?.(done)));
process.on('disconnect', () => void store[Symbol.asyncDispose]().then(() => process.exit(0)));
process.send?.({ port: 0 });
