/** Starts and ends the processes of a benchmark, each of which speaks first when it is ready. */
import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { LoadOptions, LoadResult } from './load.ts';

export interface Served extends AsyncDisposable {
  readonly process: ChildProcess;
  readonly port: number;
  readonly credentials: LoadOptions['credentials'];
}

export async function serve(
  file: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<Served> {
  const process_ = fork(join(import.meta.dirname, file), [...args], { env: { ...process.env, ...env } });
  const [ready] = (await Promise.race([
    once(process_, 'message'),
    once(process_, 'exit').then(() => Promise.reject(new Error(`${file} ended before it was ready`))),
  ])) as [Pick<Served, 'port' | 'credentials'>];
  return {
    ...ready,
    process: process_,
    async [Symbol.asyncDispose]() {
      if (process_.exitCode !== null || process_.signalCode !== null) return;
      const ended = once(process_, 'exit');
      process_.disconnect();
      await ended;
    },
  };
}

/** Of seven digits that begin with 2 to 9, there are enough for every load of a whole run. */
let lastNumber = 2_000_000;
/** More than a load of some seconds comes to. */
const NUMBERS_PER_LOAD = 50_000;

/** Runs one load against a server; numbers are taken from where the last load cannot have come to. */
export async function load(
  served: Pick<Served, 'port' | 'credentials'>,
  options: Pick<LoadOptions, 'scenario' | 'connections' | 'seconds' | 'rounds' | 'codePort'>,
): Promise<LoadResult> {
  const { port, credentials } = served;
  const firstNumber = lastNumber;
  lastNumber += options.rounds ?? NUMBERS_PER_LOAD;
  const argument = JSON.stringify({ ...options, port, credentials, firstNumber });
  const file = join(import.meta.dirname, 'load.ts');
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [file, argument], (error, stdout) => {
      if (error) reject(error);
      else resolve(JSON.parse(stdout) as LoadResult);
    });
  });
}

/** One question at a time: the next message from the process is the answer. */
export async function askProcess<T>({ process: child }: Served, question: string): Promise<T> {
  const answered = once(child, 'message') as Promise<[T]>;
  child.send(question);
  return (await answered)[0];
}

export interface Waits {
  readonly waits: { readonly p50: number; readonly p99: number };
  readonly rssBytes: number;
}

/** From the accepting of messages to the carrier, since the last time it was asked. */
export function waitsOf(served: Served): Promise<Waits> {
  return askProcess<Waits>(served, 'waits');
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address ? address.port : 0;
}
