/** Over HTTP, with the load in a process of its own: the yardstick, native pairs, and every dialect beside native. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LoadResult } from './load.ts';
import { freePort, load, type Served, serve, waitsOf } from './processes.ts';
import type { SCENARIOS } from './scenarios.ts';
import { median, printTable, ratios, round, spread, sum } from './statistics.ts';

const PAIR_SECONDS = 2;
const PAIR_TURNS = 5;
const DIALECT_SECONDS = 2;
const DIALECT_TURNS = 3;
const CONNECTIONS = [1, 16, 64] as const;

type ScenarioName = keyof typeof SCENARIOS;

/** Each dialect with the native scenario that does the same work. */
const DIALECTS: readonly (readonly [ScenarioName, ScenarioName])[] = [
  ['signalwire', 'native'],
  // A session is signed at the end of each of its rounds; the native call that signs is a request of its own.
  ['ratio', 'nativeSigned'],
  ['ciam', 'native'],
  ['oneconnect', 'nativeStart'],
  ['zignsec', 'nativeMessage'],
];

/** Runs the app on a folder of its own, which goes with it. */
async function withApp<T>(run: (app: Served, codePort: number) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'otpost-bench-'));
  try {
    return await keepApp(folder, run);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs the app on a folder that stays as the app leaves it. */
export async function keepApp<T>(
  folder: string,
  run: (app: Served, codePort: number) => Promise<T>,
  env: NodeJS.ProcessEnv = {},
): Promise<T> {
  const codePort = await freePort();
  const app = await serve('app-server.ts', [folder, String(codePort)], env);
  try {
    return await run(app, codePort);
  } finally {
    await app[Symbol.asyncDispose]();
  }
}

async function bareRequestsPerSecond(connections: number): Promise<LoadResult> {
  const bare = await serve('bare-server.ts');
  try {
    return await load(bare, { scenario: 'bare', connections, seconds: PAIR_SECONDS });
  } finally {
    await bare[Symbol.asyncDispose]();
  }
}

export async function benchPairs(): Promise<void> {
  const rows = [
    [
      'connections',
      'bare/s',
      'pairs/s',
      'ratio',
      'p50 ms',
      'p99 ms',
      'to carrier p50/p99 ms',
      'MB',
      'faults',
    ],
  ];
  await withApp(async (app, codePort) => {
    for (const connections of CONNECTIONS) rows.push(await pairsRow(app, codePort, connections));
  });
  printTable(
    `start + check over HTTP, SQLite, power-loss durable (ratio: pairs × 2 / bare; goal 0.35): median (least–most) of ${PAIR_TURNS} turns`,
    rows,
  );
}

/** In turns with the bare route, so that a machine which is slower for a while is so for both. */
async function pairsRow(app: Served, codePort: number, connections: number): Promise<string[]> {
  const bare: LoadResult[] = [];
  const pairs: LoadResult[] = [];
  const waits: { readonly p50: number; readonly p99: number }[] = [];
  let rssBytes = 0;
  for (let turn = 0; turn < PAIR_TURNS; turn += 1) {
    bare.push(await bareRequestsPerSecond(connections));
    pairs.push(await load(app, { scenario: 'native', connections, seconds: PAIR_SECONDS, codePort }));
    const told = await waitsOf(app);
    waits.push(told.waits);
    rssBytes = told.rssBytes;
  }
  const requestsPerSecond = perSecond(pairs).map((each) => each * 2);
  const medianOf = (values: readonly { readonly p50: number; readonly p99: number }[], at: 'p50' | 'p99') =>
    median(values.map((each) => each[at]));
  return [
    String(connections),
    spread(perSecond(bare)),
    spread(perSecond(pairs)),
    spread(ratios(requestsPerSecond, perSecond(bare)), 3),
    round(median(pairs.map(({ p50Ms }) => p50Ms))),
    round(median(pairs.map(({ p99Ms }) => p99Ms))),
    `${round(medianOf(waits, 'p50'), 0)}/${round(medianOf(waits, 'p99'), 0)}`,
    round(rssBytes / 2 ** 20, 0),
    String(sum(pairs.map(({ failures }) => failures))),
  ];
}

const perSecond = (results: readonly LoadResult[]): readonly number[] =>
  results.map(({ roundsPerSecond }) => roundsPerSecond);

export async function benchDialects(): Promise<void> {
  const rows = [['dialect', 'rounds/s', 'native scenario', 'its rounds/s', 'ratio (goal ≥ 0.85)', 'faults']];
  await withApp(async (app, codePort) => {
    for (const [scenario, native] of DIALECTS) {
      const options = { connections: 16, seconds: DIALECT_SECONDS, codePort };
      const own: LoadResult[] = [];
      const other: LoadResult[] = [];
      for (let turn = 0; turn < DIALECT_TURNS; turn += 1) {
        own.push(await load(app, { ...options, scenario }));
        other.push(await load(app, { ...options, scenario: native }));
      }
      rows.push([
        scenario,
        spread(perSecond(own)),
        native,
        spread(perSecond(other)),
        spread(ratios(perSecond(own), perSecond(other)), 2),
        String(sum([...own, ...other].map(({ failures }) => failures))),
      ]);
    }
  });
  printTable(
    `each dialect beside the native API doing the same work, 16 connections: median (least–most) of ${DIALECT_TURNS} turns`,
    rows,
  );
}
