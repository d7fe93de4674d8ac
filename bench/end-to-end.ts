/** HTTP in, SMPP out, receipt in: texts through the whole product into our own SMSC, with load and SMSC on the same machine. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keepApp } from './http.ts';
import { load, type Served, serve, waitsOf } from './processes.ts';
import { printTable, round } from './statistics.ts';

const SECONDS = 5;
const CONNECTIONS = [16, 64] as const;
/** What is on its way when the load ends has this long to arrive. */
const DRAIN_MS = 1_500;

interface Figures {
  readonly submitted: number;
  readonly receipts: { readonly taken: number };
  readonly onTheWay: { readonly p50: number; readonly p99: number };
}

export async function benchEndToEnd(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'otpost-bench-'));
  const smsc = await serve('smsc-server.ts');
  const config = join(folder, 'otpost.yaml');
  writeFileSync(config, smppConfigFor(smsc.port));
  const rows = [
    [
      'connections',
      'accepted/s',
      'receipts stored/s (goal ≥ 3000)',
      'client → SMSC p50/p99 ms',
      'MB',
      'faults',
    ],
  ];
  try {
    await keepApp(
      folder,
      async (app) => {
        for (const connections of CONNECTIONS) {
          const before = await figuresOf(smsc);
          const beganMs = performance.now();
          const sent = await load(app, { scenario: 'nativeStamped', connections, seconds: SECONDS });
          await new Promise((resolve) => setTimeout(resolve, DRAIN_MS));
          const after = await figuresOf(smsc);
          const elapsedSeconds = (performance.now() - beganMs - DRAIN_MS) / 1000;
          const { rssBytes } = await waitsOf(app);
          rows.push([
            String(connections),
            round(sent.roundsPerSecond),
            round((after.receipts.taken - before.receipts.taken) / elapsedSeconds),
            `${round(after.onTheWay.p50, 0)}/${round(after.onTheWay.p99, 0)}`,
            round(rssBytes / 2 ** 20, 0),
            String(sent.failures),
          ]);
        }
      },
      { OTPOST_CONFIG: config },
    );
  } finally {
    await smsc[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  }
  printTable('HTTP in → SMPP out → receipt in, SQLite', rows);
}

export function smppConfigFor(port: number): string {
  return `carriers:
  main: { kind: smpp, host: 127.0.0.1, port: ${port}, systemId: bench, password: bench, binds: 2, window: 200 }
routes:
  - { channel: sms, carriers: [main] }
`;
}

async function figuresOf({ process: child }: Served): Promise<Figures> {
  const answered = once(child, 'message') as Promise<[Figures]>;
  child.send('figures');
  return (await answered)[0];
}
