/**
 * The load, in a process of its own: keeps a number of connections busy for some seconds and prints one line of JSON.
 * `node bench/load.ts '{"port":…,"kind":"bare"|"pairs"|…,"connections":16,"seconds":4,…}'`
 *
 * For pairs the code of each message comes over a socket on which this process listens and to which the server's
 * carrier writes, as a telephone would show it to a person.
 */
import { createServer } from 'node:net';
import { HttpClient } from './http-client.ts';
import { SCENARIOS, type Scenario, WARM_UP_SECONDS } from './scenarios.ts';
import { summarize } from './statistics.ts';

export interface LoadOptions {
  readonly port: number;
  readonly scenario: keyof typeof SCENARIOS;
  readonly connections: number;
  readonly seconds: number;
  /** Ends after so many, without a warm-up, if that comes before the time is over. */
  readonly rounds?: number;
  readonly credentials: { readonly tenantId: string; readonly email: string; readonly secret: string };
  /** Numbers begin here, so that no two runs share a recipient. */
  readonly firstNumber: number;
  /** Where the carrier writes codes to. */
  readonly codePort?: number;
}

export interface LoadResult {
  readonly roundsPerSecond: number;
  readonly requestsPerRound: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failures: number;
}

const options = JSON.parse(process.argv[2] ?? '{}') as LoadOptions;
const codes = new Map<string, string>();
const wanted = new Map<string, (code: string) => void>();
if (options.codePort !== undefined) listenForCodes(options.codePort);
// The carrier keeps its connection open, so the process has to be ended.
process.stdout.write(`${JSON.stringify(await run(options))}\n`, () => process.exit(0));

function listenForCodes(port: number): void {
  createServer((socket) => {
    let rest = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) arrive(line);
    });
  }).listen(port, '127.0.0.1');
}

function arrive(line: string): void {
  const [to = '', code = ''] = line.split(' ');
  const resolve = wanted.get(to);
  if (resolve) {
    wanted.delete(to);
    resolve(code);
  } else codes.set(to, code);
}

function codeOf(to: string): Promise<string> {
  const code = codes.get(to);
  if (code !== undefined) {
    codes.delete(to);
    return Promise.resolve(code);
  }
  return new Promise((resolve) => wanted.set(to, resolve));
}

async function run({
  port,
  scenario: name,
  connections,
  seconds,
  rounds: roundsMax,
  credentials,
  firstNumber,
}: LoadOptions): Promise<LoadResult> {
  const scenario: Scenario = SCENARIOS[name];
  const durationsMs: number[] = [];
  let number = firstNumber;
  let rounds = 0;
  let failures = 0;
  const beginsAtMs = performance.now() + (roundsMax === undefined ? WARM_UP_SECONDS * 1000 : 0);
  const lastNumber = firstNumber + (roundsMax ?? Number.POSITIVE_INFINITY);
  const endsAtMs = beginsAtMs + seconds * 1000;

  const work = async (): Promise<void> => {
    const client = await HttpClient.open(port);
    const ask = async (head: string, body: string) => {
      const startedMs = performance.now();
      const answer = await client.post(head, body);
      if (startedMs >= beginsAtMs) durationsMs.push(performance.now() - startedMs);
      return answer;
    };
    const round = scenario.prepare({ port, credentials, ask, codeOf });
    while (number < lastNumber && performance.now() < endsAtMs) {
      number += 1;
      const isRight = await round(`+1212${number}`);
      if (performance.now() < beginsAtMs) continue;
      rounds += 1;
      if (!isRight) failures += 1;
    }
    client.close();
  };
  await Promise.all(Array.from({ length: connections }, work));
  const elapsedSeconds = roundsMax === undefined ? seconds : (performance.now() - beginsAtMs) / 1000;
  const { p50, p99 } = summarize(durationsMs);
  const { requestsPerRound } = scenario;
  return { roundsPerSecond: rounds / elapsedSeconds, requestsPerRound, p50Ms: p50, p99Ms: p99, failures };
}
