/**
 * What the store does in a second, without HTTP and without the engine: transactions of the size of a start and of
 * a right check, with 1, 16 and 64 of them waiting at a time, each on a fresh file. A few seconds in all.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { countFailure } from '../src/core/failure-budget.ts';
import type { Store } from '../src/engine/ports.ts';
import { systemClock } from '../src/lib/time.ts';
import { openSqliteStore } from '../src/store/sqlite/open-sqlite-store.ts';
import { createStoreFixtures, type StoreFixtures } from '../test/support/store-fixtures.ts';

const WAITING = [1, 16, 64] as const;
const RUN_MS = 1_500;

interface Started {
  readonly tenantId: string;
  readonly recipientId: string;
  readonly verificationId: string;
}

async function start(store: Store, make: StoreFixtures): Promise<Started> {
  const verification = make.verification();
  const { tenantId, recipientId, id: verificationId } = verification;
  const message = make.messageOf(verification, {
    lease: { node: 'bench', number: 1, untilMs: make.nowMs + 30_000 },
  });
  const counterKeys = ['10m', 'day'].map((name) => `${tenantId}:${recipientId}:sends-per-recipient-${name}`);
  await store.transaction(async (tx) => {
    const idempotencyKey = message.id;
    await tx.loadSend({ tenantId, recipientId, purpose: 'login', counterKeys, idempotencyKey });
    await tx.saveSend({
      verification,
      message,
      counters: counterKeys.map((key) => ({
        key,
        count: 1,
        startedAtMs: make.nowMs,
        endsAtMs: make.nowMs + 600_000,
      })),
      events: [
        make.event({ tenantId, verificationId }),
        make.event({ tenantId, type: 'message.created', verificationId, messageId: message.id }),
      ],
    });
  });
  return { tenantId, recipientId, verificationId };
}

async function check(store: Store, make: StoreFixtures, started: Started): Promise<void> {
  const { tenantId, recipientId, verificationId } = started;
  await store.transaction(async (tx) => {
    const loaded = await tx.loadCheck(tenantId, verificationId);
    if (!loaded) throw new Error('lost a verification');
    const budget = countFailure(loaded.budget, make.nowMs);
    await tx.countCheck({ tenantId, recipientId, verificationId, checkCount: 1, budget });
    await tx.settleCheck({
      tenantId,
      recipientId,
      settle: { verificationId, state: 'approved', settledAtMs: make.nowMs },
      refund: { budget: loaded.budget },
      events: [make.event({ tenantId, type: 'verification.approved', verificationId })],
    });
  });
}

/** Keeps `waiting` calls under way until the time is over; resolves to calls per second and their latencies. */
async function measure(waiting: number, call: () => Promise<void> | undefined) {
  const latenciesMs: number[] = [];
  const beganAt = performance.now();
  const work = async () => {
    while (performance.now() - beganAt < RUN_MS) {
      const calledAt = performance.now();
      const called = call();
      if (!called) return;
      await called;
      latenciesMs.push(performance.now() - calledAt);
    }
  };
  await Promise.all(Array.from({ length: waiting }, work));
  const seconds = (performance.now() - beganAt) / 1000;
  latenciesMs.sort((a, b) => a - b);
  const at = (share: number) => (latenciesMs[Math.floor(latenciesMs.length * share)] ?? 0).toFixed(2);
  return {
    'per second': Math.round(latenciesMs.length / seconds),
    'p50 ms': at(0.5),
    'p99 ms': at(0.99),
    'max ms': at(0.9999),
  };
}

const folder = mkdtempSync(join(tmpdir(), 'otpost-bench-'));
try {
  const rows: Record<string, unknown>[] = [];
  for (const waiting of WAITING) {
    const path = join(folder, `${waiting}.db`);
    let commits = 0;
    let transactions = 0;
    const store = await openSqliteStore({
      path,
      clock: systemClock,
      onCommit: (count) => {
        commits += 1;
        transactions += count;
      },
    });
    const make = createStoreFixtures(`bench-${waiting}`, systemClock());
    const started: Started[] = [];
    const starts = await measure(waiting, async () => void started.push(await start(store, make)));
    const checks = await measure(waiting, () => {
      const next = started.shift();
      return next && check(store, make, next);
    });
    rows.push({ what: 'start', waiting, ...starts });
    rows.push({ what: 'check', waiting, ...checks, 'per commit': (transactions / commits).toFixed(1) });
    await store[Symbol.asyncDispose]();
    console.log(`${path.split('/').at(-1)}: ${(statSync(path).size / 1e6).toFixed(1)} MB`);
  }
  console.table(rows);
} finally {
  rmSync(folder, { recursive: true });
}
