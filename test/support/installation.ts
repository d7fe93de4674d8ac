/**
 * An installation that is served by processes of its own: a data folder with a tenant that has a balance, and any number
 * of nodes on it, which can be killed, stopped and started again. Everything ends with it.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFINITIONS } from '../../src/app/load-app-config.ts';
import { type App, createApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/config.ts';
import type { Environment } from '../../src/config/env.ts';
import { createKey, createTenant } from '../../src/engine/tenants.ts';
import { createCapturingLogger } from './capturing-logger.ts';
import type { ManualClock } from './manual-clock.ts';
import { createNetworkStub, type NetworkStub } from './network-stub.ts';
import { createScriptedCarrier } from './scripted-carrier.ts';
import { type ServerProcess, spawnServer } from './spawn-server.ts';
import type { WebhookWitness } from './webhook-witness.ts';

export interface Installation extends AsyncDisposable {
  readonly folder: string;
  readonly network: NetworkStub;
  readonly witness?: WebhookWitness;
  readonly tenantId: string;
  readonly secret: string;
  /** Starts a node. Receipts are posted to the one that was started last. @param entry another way to start it than an operator's */
  startNode(env?: Record<string, string>, entry?: string): Promise<InstalledNode>;
  /** Starts a node and does not wait for it. */
  spawnNode(env?: Record<string, string>, entry?: string): ServerProcess;
  /** The same installation in this process, doing nothing by itself: for audits. Time is the clock's, where one is given. */
  open(clock?: ManualClock): Promise<App>;
}

export interface InstalledNode {
  readonly process: ServerProcess;
  readonly url: string;
  /** Resolves when it is gone. */
  kill(signal?: 'SIGKILL' | 'SIGTERM'): Promise<void>;
}

export interface InstallationOptions {
  /** Beyond the data folder and the config file: where the database is, say. */
  readonly env?: Record<string, string>;
  /** Hears of everything that happens to the tenant; it is the caller's to end. */
  readonly witness?: WebhookWitness;
  /** Further sections of otpost.yaml. */
  readonly yaml?: string;
  /** Makes the tenant in this release's place, with its balance and endpoint. */
  readonly makeTenant?: (env: Readonly<Record<string, string>>) => TenantAccess;
  /** Done with nodes on the database as it is, before there is a tenant. */
  readonly first?: (spawnNode: Installation['spawnNode']) => Promise<void>;
}

export interface TenantAccess {
  readonly tenantId: string;
  readonly secret: string;
}

/** Enough for any load here; in segments, which is what a balance counts without a price list. */
const TOP_UP_MICROS = 1_000_000_000_000;
/** A load sends far more to each number than a person would ask for. */
const NO_SEND_LIMITS =
  'limits: { sends-per-recipient-10m: { enabled: false }, sends-per-recipient-day: { enabled: false } }\n';

export async function createInstallation({
  env = {},
  yaml = '',
  witness,
  makeTenant,
  first,
}: InstallationOptions = {}): Promise<Installation> {
  const folder = mkdtempSync(join(tmpdir(), 'otpost-nodes-'));
  const network = await createNetworkStub();
  const file = join(folder, 'otpost.yaml');
  const text = network.yaml + NO_SEND_LIMITS + yaml;
  writeFileSync(file, text);
  const settings: Environment & Record<string, string> = { OTPOST_DATA: folder, OTPOST_CONFIG: file, ...env };
  const nodes: ServerProcess[] = [];

  const open = (clock?: ManualClock) =>
    createApp(
      loadConfig({ OTPOST_PORT: '0', ...settings }, () => text, DEFINITIONS),
      {
        logger: createCapturingLogger(),
        ...(clock && {
          clock: clock.now,
          timers: clock.timers,
          carriers: [createScriptedCarrier('network')],
        }),
      },
    );
  const spawnNode = (more: Record<string, string> = {}, entry?: string) => {
    const node = spawnServer({ ...settings, ...more }, entry);
    nodes.push(node);
    return node;
  };
  await first?.(spawnNode);
  const { tenantId, secret } = makeTenant
    ? makeTenant(settings)
    : await makeTenantHere(await open(), witness);

  return {
    folder,
    network,
    ...(witness && { witness }),
    tenantId,
    secret,
    open,
    spawnNode,
    async startNode(more, entry) {
      const process = spawnNode(more, entry);
      await process.printed('"started"');
      const url = /"url":"([^"]+)"/.exec(process.output.out)?.[1] ?? '';
      network.reportTo(url);
      return {
        process,
        url,
        async kill(signal = 'SIGKILL') {
          process.child.kill(signal);
          await process.ended;
        },
      };
    },
    async [Symbol.asyncDispose]() {
      for (const { child, ended } of nodes) {
        child.kill('SIGKILL');
        await ended;
      }
      await network[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function makeTenantHere(app: App, witness: WebhookWitness | undefined): Promise<TenantAccess> {
  await using opened = app;
  const { context, engine } = opened.parts;
  const tenant = await createTenant(context, { name: 'Load', email: 'load@acme.example' });
  const { key, secret } = await createKey(context, { tenantId: tenant.id });
  const principal = { tenant, keyId: key.id, mode: key.mode, scopes: key.scopes };
  await engine.topUp(principal, TOP_UP_MICROS);
  if (witness) await engine.createWebhookEndpoint(principal, { url: witness.endpointUrl });
  return { tenantId: tenant.id, secret };
}
