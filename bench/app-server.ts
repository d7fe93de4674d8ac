/**
 * The product as `npm start` makes it, but for its carrier: one that accepts at once and writes each code to the load
 * process, as a telephone would show it. Where OTPOST_CONFIG names a file, its carriers are used instead.
 * `node bench/app-server.ts DATA_FOLDER CODE_PORT`
 */
import { connect } from 'node:net';
import { loadAppConfig } from '../src/app/load-app-config.ts';
import { createApp } from '../src/app.ts';
import type { Carrier } from '../src/engine/ports.ts';
import { createKey, createTenant } from '../src/engine/tenants.ts';
import { createLogger } from '../src/lib/logger.ts';
import { watchLiveHeap } from './live-heap.ts';
import { summarize } from './statistics.ts';

const [folder = '', codePort = '0'] = process.argv.slice(2);
const waitsMs: number[] = [];

/** Milliseconds since the id, a UUIDv7, was made: the accepting of the message. */
function ageOf(messageId: string): number {
  return Date.now() - Number.parseInt(messageId.slice(0, 8) + messageId.slice(9, 13), 16);
}

function createBenchCarrier(): Carrier {
  let lines = '';
  let socket = connect(Number(codePort), '127.0.0.1').on('error', () => {});
  const flush = () => {
    // Each load process listens anew, so a lost connection is made again with the next code.
    if (socket.destroyed) socket = connect(Number(codePort), '127.0.0.1').on('error', () => {});
    socket.write(lines, 'latin1');
    lines = '';
  };
  return {
    id: 'bench',
    kind: 'bench',
    channels: ['sms', 'voice', 'email'],
    isSimulated: true,
    async submit({ id, to, code }) {
      waitsMs.push(ageOf(id));
      if (code !== undefined) {
        if (lines === '') setImmediate(flush);
        lines += `${to} ${code}\n`;
      }
      return { kind: 'accepted', carrierMessageIds: [id] };
    },
    health: () => ({ state: 'up' }),
    [Symbol.asyncDispose]: async () => {
      socket.destroy();
    },
  };
}

const config = loadAppConfig({
  OTPOST_DATA: folder,
  OTPOST_PORT: '0',
  OTPOST_DEMO: 'off',
  ...(process.env.OTPOST_DATABASE_URL && { OTPOST_DATABASE_URL: process.env.OTPOST_DATABASE_URL }),
  ...(process.env.OTPOST_CONFIG && { OTPOST_CONFIG: process.env.OTPOST_CONFIG }),
  ...(process.env.OTPOST_SECRET && { OTPOST_SECRET: process.env.OTPOST_SECRET }),
});
const bench = { id: 'bench' };
const routes = (['sms', 'voice', 'email'] as const).map((channel) => ({ channel, carriers: [bench] }));
// The log is written as in production, to nowhere: serialising a line is part of the work, a terminal is not.
const logger = createLogger({ level: 'info', pretty: false, destination: { write: () => true } });
// The config file counts in days, which a benchmark has not got.
const keptDays = Number(process.env.OTPOST_BENCH_FINISHED_SECONDS ?? 0) / 86_400;
const retention = keptDays > 0 ? { finishedDays: keptDays } : config.retention;
const app = config.namesCarriers
  ? await createApp({ ...config, retention }, { logger })
  : await createApp({ ...config, routes }, { logger, carriers: [createBenchCarrier()] });
const url = await app.start();
const email = `bench-${process.pid}@otpost.example`;
const tenant = await createTenant(app.parts.context, { name: 'Bench', email });
const { secret } = await createKey(app.parts.context, { tenantId: tenant.id });
process.send?.({ port: Number(new URL(url).port), credentials: { tenantId: tenant.id, email, secret } });

const liveHeapBytes = watchLiveHeap();
process.on('message', (message) => {
  if (message === 'memory') {
    const { rss, external } = process.memoryUsage();
    process.send?.({ rssBytes: rss, liveHeapBytes: liveHeapBytes(), externalBytes: external });
  }
  if (message !== 'waits') return;
  process.send?.({ waits: summarize(waitsMs.splice(0)), rssBytes: process.memoryUsage.rss() });
});
process.on('disconnect', () => void app[Symbol.asyncDispose]().then(() => process.exit(0)));
