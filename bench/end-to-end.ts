/**
 * HTTP in, SMPP out, receipt in: texts through the whole product into our own SMSC, with load and SMSC on the same machine. Beside
 * it, where it is installed, Kannel with the same load, binds and window into the same SMSC, in turn.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kannel } from '../test/support/kannel.ts';
import { keepApp } from './http.ts';
import { openKannel } from './kannel.ts';
import type { LoadOptions } from './load.ts';
import { askProcess, load, type Served, serve, waitsOf } from './processes.ts';
import type { SmscRun, SmscTotals } from './smsc-server.ts';
import { printTable, round } from './statistics.ts';

const SECONDS = 5;
const CONNECTIONS = [16, 64] as const;
/** So that each goes first once. */
const TURNS = 2;
/** Kannel flushes for each of its entries, one after the other. */
const ROUNDS_ON_DISK = 300;
const BINDS = 2;
const WINDOW = 200;
/** What is on its way when the load ends is waited for as long as something arrives, and no longer than this. */
const DRAIN_MS_MAX = 30_000;
const QUIET_MS = 1_000;

/** Who takes messages over HTTP and sends them by SMPP. */
interface Sender {
  readonly name: string;
  readonly served: Pick<Served, 'port' | 'credentials'>;
  readonly scenario: LoadOptions['scenario'];
  /** Where it takes far more than it sends: so many, or the end of the queue would have to be waited for. */
  readonly rounds?: number;
}

interface Measured {
  readonly acceptedPerSecond: number;
  /** Receipts acknowledged, from the first submit to the last receipt: what is queued at the end of the load counts. */
  readonly messagesPerSecond: number;
  readonly onTheWayMs: SmscRun['onTheWayMs'];
  readonly faults: number;
}

export async function benchEndToEnd(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'otpost-bench-'));
  const config = join(folder, 'otpost.yaml');
  await using smsc = await serve('smsc-server.ts');
  writeFileSync(config, smppConfigFor(smsc.port));
  const title = 'HTTP in → SMPP out → receipt in, SQLite';
  try {
    await keepApp(
      folder,
      async (app) => {
        const place = { folder, smscPort: smsc.port, binds: BINDS, window: WINDOW };
        await using inMemory = await openKannel({ ...place, keepsReceipts: false });
        await using onDisk = await openKannel({ ...place, keepsReceipts: true });
        const ours: Sender = { name: 'otpost', served: app, scenario: 'nativeStamped' };
        const theirs = [
          toSender('Kannel 1.4, receipts in memory', inMemory),
          toSender('Kannel 1.4, receipts in SQLite', onDisk, ROUNDS_ON_DISK),
        ].filter((sender) => sender !== undefined);
        const rows = await measureAll(smsc, ours, theirs);
        const { rssBytes } = await waitsOf(app);
        printTable(`${title} (otpost resident after it: ${round(rssBytes / 2 ** 20, 0)} MB)`, rows);
      },
      { OTPOST_CONFIG: config },
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function toSender(name: string, kannel: Kannel | undefined, rounds?: number): Sender | undefined {
  if (kannel === undefined) return undefined;
  const credentials = { tenantId: '', email: '', secret: '' };
  const served = { port: kannel.sendSmsPort, credentials };
  return { name, served, scenario: 'kannelStamped', ...(rounds !== undefined && { rounds }) };
}

async function measureAll(
  smsc: Served,
  ours: Sender,
  theirs: readonly Sender[],
): Promise<readonly (readonly string[])[]> {
  const rows = [
    [
      'connections',
      'through',
      'accepted/s',
      'receipts taken/s (goals: 3000; ratio 1)',
      'client → SMSC p50/p99 ms',
      'faults',
    ],
  ];
  for (const connections of CONNECTIONS) {
    const rates = new Map<Sender, number>();
    for (let turn = 0; turn < TURNS; turn += 1) {
      const all = [ours, ...theirs];
      for (const sender of turn % 2 === 0 ? all : all.toReversed()) {
        const measured = await measure(smsc, sender, connections);
        rates.set(sender, (rates.get(sender) ?? 0) + measured.messagesPerSecond);
        rows.push(toRow(connections, sender, measured));
      }
    }
    const [own = 0, ...others] = [ours, ...theirs].map((sender) => rates.get(sender) ?? 0);
    theirs.forEach(({ name }, index) => {
      const ratio = round(own / (others[index] ?? 0), 2);
      rows.push([String(connections), `otpost / ${name}`, '', ratio]);
    });
    if (theirs.length === 0) rows.push([String(connections), 'Kannel', '', 'is not installed']);
  }
  return rows;
}

function toRow(connections: number, { name }: Sender, measured: Measured): string[] {
  const { p50, p99 } = measured.onTheWayMs;
  return [
    String(connections),
    name,
    round(measured.acceptedPerSecond),
    round(measured.messagesPerSecond),
    `${round(p50, 0)}/${round(p99, 0)}`,
    String(measured.faults),
  ];
}

async function measure(
  smsc: Served,
  { served, scenario, rounds }: Sender,
  connections: number,
): Promise<Measured> {
  await askProcess<SmscRun>(smsc, 'run');
  const before = await askProcess<SmscTotals>(smsc, 'totals');
  const sent = await load(served, {
    ...{ scenario, connections, seconds: SECONDS },
    ...(rounds !== undefined && { rounds }),
  });
  const after = await whenDrained(smsc);
  const { activeMs, onTheWayMs } = await askProcess<SmscRun>(smsc, 'run');
  return {
    acceptedPerSecond: sent.roundsPerSecond,
    messagesPerSecond: ((after.receipts - before.receipts) * 1_000) / activeMs,
    onTheWayMs,
    faults: sent.failures,
  };
}

async function whenDrained(smsc: Served): Promise<SmscTotals> {
  const endMs = performance.now() + DRAIN_MS_MAX;
  let totals = await askProcess<SmscTotals>(smsc, 'totals');
  for (;;) {
    await sleep(QUIET_MS);
    const next = await askProcess<SmscTotals>(smsc, 'totals');
    const isQuiet = next.submitted === totals.submitted && next.receipts === totals.receipts;
    if (isQuiet || performance.now() > endMs) return next;
    totals = next;
  }
}

export function smppConfigFor(port: number): string {
  return `carriers:
  main: { kind: smpp, host: 127.0.0.1, port: ${port}, systemId: bench, password: bench, sender: Acme, binds: ${BINDS}, window: ${WINDOW} }
routes:
  - { channel: sms, carriers: [main] }
`;
}
