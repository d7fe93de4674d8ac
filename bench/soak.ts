/**
 * A million messages through the whole product, HTTP in, SMPP out, receipt in: does memory stay as it was, and does the
 * database stop growing once what is finished is deleted? Bounded in count, so it takes minutes and runs only when asked for.
 * `MESSAGES=50000 npm run bench -- soak` is a shorter one.
 */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { smppConfigFor } from './end-to-end.ts';
import { keepApp } from './http.ts';
import { askProcess, load, type Served, serve } from './processes.ts';
import type { SmscTotals } from './smsc-server.ts';
import { printTable, round } from './statistics.ts';
import { trendOf } from './trend.ts';

const MESSAGES = Number(process.env.MESSAGES ?? 1_000_000);
const CONNECTIONS = 64;
/** A machine too slow for this many is given up on, rather than waited for. */
const SECONDS_MAX = 3_600;
const SAMPLE_MS = 1_000;
/** Caches, prepared statements and the heap's young half have their size by then. */
const WARM_UP_SHARE = 0.1;
/** The config counts in days; deleting has to be part of what is measured, so it begins after this. */
const FINISHED_KEPT_SECONDS = 30;
const PER = 100_000;
const STORED = ['verifications', 'messages', 'submissions', 'events', 'counters'] as const;
const MEGABYTE = 2 ** 20;

interface Memory {
  readonly rssBytes: number;
  readonly liveHeapBytes: number;
  readonly externalBytes: number;
}

interface Sample extends Memory {
  readonly submitted: number;
  readonly atMs: number;
  readonly smscRssBytes: number;
  readonly databaseBytes: number;
}

export async function benchSoak(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'otpost-bench-'));
  const config = join(folder, 'otpost.yaml');
  await using smsc = await serve('smsc-server.ts');
  writeFileSync(config, smppConfigFor(smsc.port));
  const env = { OTPOST_CONFIG: config, OTPOST_BENCH_FINISHED_SECONDS: String(FINISHED_KEPT_SECONDS) };
  try {
    await keepApp(folder, (app) => soak(app, smsc, folder), env);
    printStored(join(folder, 'otpost.db'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function soak(app: Served, smsc: Served, folder: string): Promise<void> {
  const samples: Sample[] = [];
  let told: Sample | undefined;
  const take = async () => {
    const taken = await sample(app, smsc, folder);
    samples.push(taken);
    if (told && taken.submitted - told.submitted < MESSAGES / 10) return;
    if (told) process.stderr.write(`${describe(taken, told)}\n`);
    told = taken;
  };
  const ended = new AbortController();
  const { signal } = ended;
  // One after the other: a question that waits would take the next one's answer.
  const sampling = (async () => {
    while (!signal.aborted) {
      await take();
      await sleep(SAMPLE_MS, undefined, { signal }).catch(() => undefined);
    }
  })();
  const options = {
    scenario: 'nativeSoak',
    connections: CONNECTIONS,
    seconds: SECONDS_MAX,
    rounds: MESSAGES,
  } as const;
  const { failures } = await load(app, options).finally(() => ended.abort());
  await sampling;
  await take();
  print(samples, failures);
}

/** What is left is what came last, and what has a longer life of its own: a counter of a limit lives as long as its window. */
function printStored(file: string): void {
  const database = new DatabaseSync(file, { readOnly: true });
  const rows = STORED.map((table) => {
    const { stored } = database.prepare(`SELECT count(*) AS stored FROM ${table}`).get() ?? {};
    return [table, round(Number(stored), 0)];
  });
  database.close();
  printTable('soak: rows left at the end', rows);
}

function describe(taken: Sample, earlier: Sample): string {
  const [resident, heap, database] = [taken.rssBytes, taken.liveHeapBytes, taken.databaseBytes].map((bytes) =>
    round(bytes / MEGABYTE),
  );
  const rate = ((taken.submitted - earlier.submitted) * 1_000) / (taken.atMs - earlier.atMs);
  return `${round(taken.submitted, 0)} messages, ${round(rate)}/s: resident ${resident} MB, live heap ${heap} MB, database ${database} MB`;
}

async function sample(app: Served, smsc: Served, folder: string): Promise<Sample> {
  const [memory, totals] = await Promise.all([
    askProcess<Memory>(app, 'memory'),
    askProcess<SmscTotals>(smsc, 'totals'),
  ]);
  return {
    ...memory,
    ...{ submitted: totals.submitted, smscRssBytes: totals.rssBytes },
    atMs: performance.now(),
    databaseBytes: ['otpost.db', 'otpost.db-wal'].reduce((sum, name) => sum + sizeOf(join(folder, name)), 0),
  };
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function print(all: readonly Sample[], failures: number): void {
  const total = all.at(-1)?.submitted ?? 0;
  const samples = all.filter(({ submitted }) => submitted >= total * WARM_UP_SHARE);
  const row = (name: string, unit: number, read: (sample: Sample) => number) => {
    const { firstQuarter, lastQuarter, slope } = trendOf(
      samples.map((sample) => ({ done: sample.submitted, value: read(sample) / unit })),
    );
    return [name, round(firstQuarter), round(lastQuarter), `${slope < 0 ? '' : '+'}${round(slope * PER, 2)}`];
  };
  printTable(
    `soak: ${round(total, 0)} messages, faults ${failures}, finished ones kept for ${FINISHED_KEPT_SECONDS} s`,
    [
      ['after the first tenth', 'first quarter', 'last quarter', `slope per ${round(PER, 0)}`],
      row('resident MB', MEGABYTE, ({ rssBytes }) => rssBytes),
      row('live heap MB (after full collections)', MEGABYTE, ({ liveHeapBytes }) => liveHeapBytes),
      row('outside the heap MB', MEGABYTE, ({ externalBytes }) => externalBytes),
      row('database and its log MB', MEGABYTE, ({ databaseBytes }) => databaseBytes),
      row('SMSC simulator, resident MB', MEGABYTE, ({ smscRssBytes }) => smscRssBytes),
      ['messages/s', ...ratesOf(samples), ''],
    ],
  );
}

function ratesOf(samples: readonly Sample[]): readonly string[] {
  const quarter = Math.max(2, Math.floor(samples.length / 4));
  return [samples.slice(0, quarter), samples.slice(-quarter)].map((some) => {
    const [first, last] = [some[0], some.at(-1)];
    if (!first || !last || first === last) return '-';
    return round(((last.submitted - first.submitted) * 1_000) / (last.atMs - first.atMs));
  });
}
