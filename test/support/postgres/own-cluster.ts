/** A PostgreSQL server of one test, durable, which can be stopped, killed and started again. It goes with the test. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCluster, startCluster } from './start-server.ts';

export interface OwnCluster extends AsyncDisposable {
  readonly url: string;
  /** `SIGINT` is a fast shutdown, `SIGQUIT` an immediate one that leaves recovery to the next start. Resolves when it is gone. */
  stop(signal: 'SIGINT' | 'SIGQUIT'): Promise<void>;
  start(): Promise<void>;
}

/** @param settings beyond the defaults of PostgreSQL, `name=value` */
export async function createOwnCluster(settings: readonly string[] = []): Promise<OwnCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'otpost-own-postgres-'));
  const cluster = await makeCluster(folder);
  let child: ChildProcess | undefined;
  const start = () =>
    startCluster(cluster, ['shared_buffers=32MB', ...settings], (started) => {
      child = started;
    });
  const stop = async (signal: 'SIGINT' | 'SIGQUIT') => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
  };
  await start();
  return {
    url: cluster.url,
    start,
    stop,
    async [Symbol.asyncDispose]() {
      await stop('SIGQUIT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
