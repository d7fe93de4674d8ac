/** Runs pgbench with the writes of a pair and nothing around them, and reads what it says. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { NATIVE_POLICY } from '../src/core/policy.ts';

/** As many as the details of a verification have. */
const DETAILS_CHARACTERS = JSON.stringify({
  policy: NATIVE_POLICY,
  country: 'GE',
  metadata: { order: '17' },
}).length;
/** Keeps the ids of one run apart from the next one's: each client counts from here on. */
const PAIRS_MAX = 1_000_000;
/** Threads of pgbench itself. */
const THREADS = '2';
let runs = 0;

export interface PgbenchRun {
  /** Of a migrated database. */
  readonly url: string;
  readonly sessions: number;
  readonly seconds: number;
  /** Whether the message's acceptance is written too, as it is where a carrier is behind. */
  readonly accepts?: boolean;
}

export interface PgbenchResult {
  readonly pairs: number;
  readonly perSecond: number;
}

export async function runPgbench({
  url,
  sessions,
  seconds,
  accepts = false,
}: PgbenchRun): Promise<PgbenchResult> {
  const script = join(import.meta.dirname, 'pgbench-pair.sql');
  const size = ['-c', String(sessions), '-j', THREADS, '-T', String(seconds)];
  const variables = { n: runs * PAIRS_MAX, details: DETAILS_CHARACTERS, accepts: accepts ? 1 : 0 };
  runs += 1;
  const defined = Object.entries(variables).flatMap(([name, value]) => ['-D', `${name}=${value}`]);
  const { stdout } = await promisify(execFile)('pgbench', [
    ...['-n', '-M', 'prepared', '-f', script, ...size, ...defined],
    url,
  ]);
  return parsePgbench(stdout);
}

export function parsePgbench(output: string): PgbenchResult {
  const pairs = Number(/transactions actually processed: (\d+)/.exec(output)?.[1]);
  const perSecond = Number(/^tps = ([\d.]+)/m.exec(output)?.[1]);
  if (!(pairs >= 0 && perSecond >= 0)) throw new Error(`pgbench said something else:\n${output}`);
  return { pairs, perSecond };
}
