/** What each step of a verification costs PostgreSQL, in round trips and write-ahead log, and the room that is left taken. */
import type { Store } from '../src/engine/ports.ts';
import { systemClock } from '../src/lib/time.ts';
import { startWireProxy, type WireProxy } from '../test/support/postgres/wire-proxy.ts';
import { createStoreFixtures } from '../test/support/store-fixtures.ts';
import {
  type BenchServer,
  onDatabase,
  onStore,
  query,
  STORE_SESSIONS,
  walPosition,
} from './postgres-server.ts';
import { printTable, round } from './statistics.ts';
import { accept, check, receive, type Started, start } from './store-load.ts';

const LIVES = 10_000;
const LARGE_BYTES = 500_000;

export async function benchCost(server: BenchServer): Promise<void> {
  await onDatabase(server.url, 'otpost_bench_cost', async (url) => {
    const proxy = await startWireProxy(url);
    try {
      // The migrations are not counted.
      await onStore(url, async () => {});
      await onStore(proxy.url, (store) => measureSteps(store, url, proxy));
    } finally {
      await proxy[Symbol.asyncDispose]();
    }
    await printRoom(url);
  });
}

async function measureSteps(store: Store, url: string, proxy: WireProxy): Promise<void> {
  const make = createStoreFixtures('cost', systemClock());
  // Every session introduces itself before anything is counted.
  await forEach(Array(STORE_SESSIONS * 2).fill(undefined), async () =>
    check(store, make, await start(store, make)),
  );
  const rows = [['step', 'round trips', 'bytes of write-ahead log']];
  const count = async (step: string, work: () => Promise<unknown>) => {
    proxy.takeRoundTrips();
    const before = await walPosition(url);
    await work();
    const bytes = (await walPosition(url)) - before;
    rows.push([step, round(proxy.takeRoundTrips() / LIVES, 2), round(bytes / LIVES, 0)]);
  };
  const lives: Started[] = [];
  const accepted: Awaited<ReturnType<typeof accept>>[] = [];
  await count('start', () =>
    forEach(Array(LIVES).fill(undefined), async () => void lives.push(await start(store, make))),
  );
  await count('the carrier has accepted', () =>
    forEach(lives, async (life, index) => {
      accepted[index] = await accept(store, make, life);
    }),
  );
  await count('the carrier has delivered', () =>
    forEach(lives, async (life, index) => {
      const submission = accepted[index];
      if (submission) await receive(store, make, life, submission);
    }),
  );
  await count('right check', () => forEach(lives, (life) => check(store, make, life)));
  const total = (column: number) =>
    rows.slice(1).reduce((all, row) => all + Number((row[column] ?? '').replaceAll(',', '')), 0);
  rows.push(['a verification in all', round(total(1), 2), round(total(2), 0)]);
  printTable(`what a step costs, mean of ${LIVES}`, rows);
}

/** What a verification leaves behind that was started, sent, delivered and approved. */
async function printRoom(url: string): Promise<void> {
  const tables = await query(
    url,
    `SELECT c.relname, pg_relation_size(c.oid) AS heap, pg_indexes_size(c.oid) AS indexes,
       s.n_tup_upd AS updates, s.n_tup_hot_upd AS hot
     FROM pg_class c JOIN pg_stat_user_tables s ON s.relid = c.oid
     WHERE c.relkind = 'r' AND pg_relation_size(c.oid) > ${LARGE_BYTES} ORDER BY 2 DESC`,
  );
  const each = (bytes: unknown) => round(Number(bytes) / LIVES, 0);
  printTable('what a verification leaves behind', [
    ['table', 'heap bytes', 'index bytes', 'updates within their page'],
    ...tables.map(({ relname, heap, indexes, updates, hot }) => [
      String(relname),
      each(heap),
      each(indexes),
      Number(updates) === 0 ? '' : `${round((Number(hot) / Number(updates)) * 100)} %`,
    ]),
  ]);
}

/** As many at a time as a node has sessions. */
async function forEach<Item>(
  items: readonly Item[],
  act: (item: Item, index: number) => Promise<void>,
): Promise<void> {
  const entries = items.entries();
  const work = async () => {
    for (const [index, item] of entries) await act(item, index);
  };
  await Promise.all(Array.from({ length: STORE_SESSIONS }, work));
}
