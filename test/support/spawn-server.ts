/** The server as a process of its own, as an operator starts it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface ServerProcess {
  readonly child: ChildProcess;
  /** What it has printed so far. */
  readonly output: { out: string; err: string };
  /** Resolves once standard output holds the text. Rejects where the process ends before. */
  printed(text: string): Promise<void>;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

const ROOT = new URL('../../', import.meta.url);
/** As the shim has it: without it each start reads all sources as TypeScript anew. */
const COMPILED = new URL('node_modules/.cache/otpost', ROOT).pathname;

export function spawnServer(
  env: Record<string, string>,
  entry = 'src/main.ts',
  nodeArgs: readonly string[] = [],
): ServerProcess {
  const child = spawn(
    process.execPath,
    [...nodeArgs, new URL(entry, ROOT).pathname, ...(entry === 'src/main.ts' ? [] : ['serve'])],
    {
      cwd: ROOT,
      env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: COMPILED, OTPOST_PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const output = { out: '', err: '' };
  const watchers = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output.out += chunk;
    for (const look of watchers) look();
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    output.err += chunk;
  });
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal }));
  return {
    child,
    output,
    ended,
    printed: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (output.out.includes(text)) resolve();
        };
        watchers.add(look);
        look();
        ended.then(() => reject(new Error(`ended before it printed ${text}:\n${output.err}`)));
      }),
  };
}
