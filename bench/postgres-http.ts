/** Pairs over HTTP, each with its message sent: one node on PostgreSQL and two, SQLite, and pgbench with the same writes, in turns. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../src/lib/time.ts';
import { migratePostgres } from '../src/store/postgres/migrate-postgres.ts';
import { cpuMsOf } from './cpu-time.ts';
import { keepApp } from './http.ts';
import { type BenchServer, hasPgbench, onDatabase, STORE_SESSIONS } from './postgres-server.ts';
import { load, type Served } from './processes.ts';
import { WARM_UP_SECONDS } from './scenarios.ts';
import { printTable, ratios, spread, sum } from './statistics.ts';
import { add, partsOf, perSecondOf, since, type Turns, turnOfPgbench } from './turns.ts';

const ROUNDS = 3;
const SECONDS = 3;
const CONNECTIONS = 32;
/** Any secret that both nodes are given. */
export const NODE_SECRET = Buffer.alloc(32, 'bench').toString('base64');

/** An app and where the codes that it sends are to be heard. */
type App = readonly [app: Served, codePort: number];

interface Figures {
  readonly turns: Turns;
  readonly p99Ms: Map<string, number[]>;
  readonly faults: Map<string, number[]>;
}

export async function benchHttpPairs(server: BenchServer): Promise<void> {
  const figures: Figures = { turns: new Map(), p99Ms: new Map(), faults: new Map() };
  await onDatabase(server.url, 'otpost_bench_http', (url) =>
    onDatabase(server.url, 'otpost_bench_pgbench', async (pgbenchUrl) => {
      await migratePostgres({ url: pgbenchUrl, clock: systemClock });
      const env = { OTPOST_DATABASE_URL: url, OTPOST_SECRET: NODE_SECRET };
      await withApps([env, env, {}], async ([one, two, sqlite]) => {
        if (!one || !two || !sqlite) return;
        for (let round = 0; round < ROUNDS; round += 1) {
          await turnOf(server, figures, 'one node', [one]);
          await turnOf(server, figures, 'two nodes', [one, two]);
          await turnOf(server, figures, 'SQLite', [sqlite]);
          if (hasPgbench())
            add(figures.turns, 'pgbench', await turnOfPgbench(server, pgbenchUrl, STORE_SESSIONS, true));
        }
      });
    }),
  );
  print(figures);
}

/** Apps on folders of their own, which go with them. */
async function withApps<T>(
  envs: readonly NodeJS.ProcessEnv[],
  work: (apps: readonly App[]) => Promise<T>,
  apps: readonly App[] = [],
): Promise<T> {
  const [env, ...others] = envs;
  if (!env) return work(apps);
  const folder = mkdtempSync(join(tmpdir(), 'otpost-bench-'));
  try {
    return await keepApp(folder, (app, codePort) => withApps(others, work, [...apps, [app, codePort]]), env);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** One load for each app, all at once, with the connections divided among them. */
async function turnOf(
  server: BenchServer,
  { turns, p99Ms, faults }: Figures,
  name: string,
  apps: readonly App[],
): Promise<void> {
  const options = { scenario: 'native', connections: CONNECTIONS / apps.length, seconds: SECONDS } as const;
  const nodesMs = () => sum(apps.map(([app]) => cpuMsOf(app.process.pid ?? 0) ?? Number.NaN));
  const [nodesBefore, serverBefore] = [nodesMs(), server.cpuMs()];
  const all = await Promise.all(apps.map(([app, codePort]) => load(app, { ...options, codePort })));
  const perSecond = sum(all.map(({ roundsPerSecond }) => roundsPerSecond));
  // The load warms up for a second, which counts here and not there.
  const pairs = perSecond * (SECONDS + WARM_UP_SECONDS);
  const nodeMs = (nodesMs() - nodesBefore) / pairs;
  add(turns, name, {
    perSecond,
    ...(nodeMs >= 0 && { nodeMs }),
    ...(name !== 'SQLite' && { serverMs: since(server, serverBefore, pairs) }),
  });
  add(p99Ms, name, Math.max(...all.map((one) => one.p99Ms)));
  add(faults, name, sum(all.map(({ failures }) => failures)));
}

function print({ turns, p99Ms, faults }: Figures): void {
  const ofPgbench = (name: string) =>
    spread(ratios(perSecondOf(turns, name), perSecondOf(turns, 'pgbench')), 2);
  const row = (name: string, what: string) => [
    what,
    spread(perSecondOf(turns, name)),
    spread(p99Ms.get(name) ?? []),
    spread(partsOf(turns, name, 'nodeMs'), 2),
    spread(partsOf(turns, name, 'serverMs'), 2),
    ofPgbench(name),
    String(sum(faults.get(name) ?? [])),
  ];
  printTable(
    `pairs over HTTP with each message sent, ${CONNECTIONS} connections in all: median (least–most) of ${ROUNDS} rounds in turns`,
    [
      ['what', 'pairs/s', 'p99 ms', 'node CPU ms/pair', 'server CPU ms/pair', 'of pgbench', 'faults'],
      row('one node', 'PostgreSQL, one node'),
      row('two nodes', 'PostgreSQL, two nodes'),
      row('SQLite', 'SQLite, one node'),
      [
        'pgbench, with the writes of the send',
        spread(perSecondOf(turns, 'pgbench')),
        ...['', '', spread(partsOf(turns, 'pgbench', 'serverMs'), 2)],
      ],
    ],
  );
}
