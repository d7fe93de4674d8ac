/** Starts store-process.ts and talks to it. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { StoreAddress, StoreOrder, StoreReport } from './store-process.ts';

export interface StoreProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  send(order: StoreOrder): void;
  /** The next report of this kind; rejects where the process ends without one. */
  next<Kind extends StoreReport['kind']>(kind: Kind): Promise<Extract<StoreReport, { readonly kind: Kind }>>;
  /** Resolves with the signal that ended it. */
  ended(): Promise<NodeJS.Signals | null>;
}

/** Resolves when the process has opened the store. */
export async function forkStore(address: StoreAddress): Promise<StoreProcess> {
  const child = fork(join(import.meta.dirname, 'store-process.ts'), [JSON.stringify(address)], {
    execArgv: [],
  });
  const exit = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const next: StoreProcess['next'] = (kind) =>
    new Promise((resolve, reject) => {
      const listen = (report: StoreReport) => {
        if (report.kind !== kind) return;
        child.off('message', listen);
        resolve(report as never);
      };
      child.on('message', listen);
      void exit.then(([code, signal]) => reject(new Error(`the process ended with ${code ?? signal}`)));
    });
  await next('ready');
  return {
    child,
    send: (order) => void child.send(order),
    next,
    ended: async () => (await exit)[1],
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exit;
    },
  };
}
