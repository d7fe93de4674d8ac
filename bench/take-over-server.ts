/**
 * A node whose carrier either never answers, so that the node holds its messages until it dies, or accepts at once and
 * tells when. `node bench/take-over-server.ts DATA_FOLDER hangs|accepts`
 */
import { loadAppConfig } from '../src/app/load-app-config.ts';
import { createApp } from '../src/app.ts';
import type { Carrier } from '../src/engine/ports.ts';
import { createKey, createTenant } from '../src/engine/tenants.ts';
import { createLogger } from '../src/lib/logger.ts';

/** What the node that lives on says of each message. */
export interface Dispatched {
  readonly messageId: string;
  readonly atMs: number;
}

const [folder = '', answer = ''] = process.argv.slice(2);

const carrier: Carrier = {
  id: 'bench',
  kind: 'bench',
  channels: ['sms'],
  isSimulated: true,
  async submit({ id }, signal) {
    if (answer === 'hangs') {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      return { kind: 'unknown', reason: 'timeout' };
    }
    process.send?.({ messageId: id, atMs: Date.now() } satisfies Dispatched);
    return { kind: 'accepted', carrierMessageIds: [id] };
  },
  health: () => ({ state: 'up' }),
  [Symbol.asyncDispose]: async () => {},
};

const { OTPOST_DATABASE_URL = '', OTPOST_SECRET = '' } = process.env;
const config = loadAppConfig({
  ...{ OTPOST_DATA: folder, OTPOST_PORT: '0', OTPOST_DEMO: 'off', OTPOST_DATABASE_URL, OTPOST_SECRET },
});
const routes = [{ channel: 'sms' as const, carriers: [{ id: 'bench' }] }];
const app = await createApp(
  { ...config, routes },
  { logger: createLogger({ level: 'silent', pretty: false }), carriers: [carrier] },
);
const url = await app.start();
const email = `bench-${process.pid}@otpost.example`;
const tenant = await createTenant(app.parts.context, { name: 'Bench', email });
const { secret } = await createKey(app.parts.context, { tenantId: tenant.id });
process.send?.({ port: Number(new URL(url).port), credentials: { tenantId: tenant.id, email, secret } });
process.on('disconnect', () => void app[Symbol.asyncDispose]().then(() => process.exit(0)));
