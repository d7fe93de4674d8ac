/**
 * A second process on a database under test. Run as a child with an IPC channel: it opens the store, says that it is
 * ready, and does what the one message that it is sent asks for.
 */
import type { Store } from '../../src/engine/ports.ts';
import { systemClock } from '../../src/lib/time.ts';
import { openPostgresStore } from '../../src/store/postgres/open-postgres-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts';
import { createStoreFixtures } from './store-fixtures.ts';
import { type CheckStepOutcome, checkOnce, startOnce } from './store-steps.ts';

export interface StoreAddress {
  readonly kind: 'sqlite' | 'postgres';
  readonly location: string;
}

export type StoreOrder =
  /** Checks at once, one for each hash (base64), and reports the outcomes. */
  | {
      readonly kind: 'check';
      readonly tenantId: string;
      readonly verificationId: string;
      readonly nowMs: number;
      readonly hashes: readonly string[];
    }
  /** Starts without end, 16 at a time, and reports each one that is acknowledged. */
  | { readonly kind: 'start' }
  /** Claims until nothing is left, and reports the ids. */
  | { readonly kind: 'claim'; readonly node: string; readonly nowMs: number; readonly limit: number }
  /** Writes a start and kills itself before the transaction ends. */
  | { readonly kind: 'die-in-transaction' };

export type StoreReport =
  | { readonly kind: 'ready' }
  | { readonly kind: 'checked'; readonly outcomes: readonly CheckStepOutcome[] }
  | { readonly kind: 'started'; readonly ids: Awaited<ReturnType<typeof startOnce>> }
  | { readonly kind: 'claimed'; readonly ids: readonly string[] };

const STARTS_AT_ONCE = 16;
/** Whose transaction is never committed. */
export const DOOMED_TENANT = '00000000-0000-4000-8000-00000000dead';

function openStoreAt({ kind, location }: StoreAddress): Promise<Store> {
  return kind === 'postgres'
    ? openPostgresStore({ url: location, clock: systemClock })
    : openSqliteStore({ path: location, clock: systemClock });
}

function report(message: StoreReport): void {
  process.send?.(message);
}

async function carryOut(store: Store, order: StoreOrder): Promise<void> {
  const make = createStoreFixtures(`process-${process.pid}`);
  switch (order.kind) {
    case 'check': {
      const { tenantId, verificationId, nowMs, hashes } = order;
      const checks = hashes.map((hash) =>
        checkOnce(store, { tenantId, verificationId, nowMs, hash: Buffer.from(hash, 'base64') }),
      );
      report({ kind: 'checked', outcomes: await Promise.all(checks) });
      break;
    }
    case 'claim': {
      const { node, nowMs, limit } = order;
      const ids: string[] = [];
      for (;;) {
        const claimed = await store.claimMessages({ node, nowMs, leaseUntilMs: nowMs + 30_000, limit });
        if (claimed.length === 0) break;
        ids.push(...claimed.map(({ id }) => id));
      }
      report({ kind: 'claimed', ids });
      break;
    }
    case 'start': {
      const startForEver = async () => {
        for (;;) report({ kind: 'started', ids: await startOnce(store, make) });
      };
      await Promise.all(Array.from({ length: STARTS_AT_ONCE }, startForEver));
      break;
    }
    case 'die-in-transaction': {
      const verification = make.verification({ tenantId: DOOMED_TENANT });
      const message = make.messageOf(verification);
      await store.transaction(async (tx) => {
        await tx.saveSend({ verification, message, counters: [], events: [] });
        process.kill(process.pid, 'SIGKILL');
        await new Promise(() => {});
      });
    }
  }
}

if (process.send) {
  const store = await openStoreAt(JSON.parse(process.argv[2] ?? '{}'));
  const order = new Promise<StoreOrder>((resolve) => process.once('message', resolve as () => void));
  report({ kind: 'ready' });
  await carryOut(store, await order);
  await store[Symbol.asyncDispose]();
  process.disconnect?.();
}
