/**
 * The composition root: from settings to a running server. Everything that can be replaced is made here and handed
 * down; nothing below looks for its parts.
 */
import type { AddressInfo } from 'node:net';
import { makeDemo } from './app/demo.ts';
import { toLocalUrl } from './app/local-url.ts';
import { mountHttp } from './app/mount-http.ts';
import { type OpenEngine, type Overrides, openEngine } from './app/open-engine.ts';
import { StartupError, systemCodeOf } from './app/startup-error.ts';
import { warnOfStrayTenants } from './app/warn-of-stray-tenants.ts';
import type { Config } from './config/config.ts';
import type { HttpScope } from './http/http-scope.ts';
import type { Logger } from './lib/logger.ts';
import { createTelemetry, type Telemetry } from './lib/telemetry.ts';
import { noTracing, type Tracing } from './lib/tracing.ts';
import { readVersion } from './lib/version.ts';

export interface AppOptions extends Overrides {
  readonly logger: Logger;
  /** Process metrics are for one app per process. */
  readonly telemetry?: Telemetry;
  readonly tracing?: Tracing;
  /** Prints to people what no log may hold: the demo's credentials. */
  readonly say?: (text: string) => void;
}

export interface App extends AsyncDisposable {
  readonly parts: OpenEngine;
  readonly server: HttpScope;
  /** Listens, then begins to send and sweep. @returns the URL under which this machine reaches it. @throws StartupError */
  start(): Promise<string>;
}

/** @throws StoreError, StartupError, SecretFileError: nothing is left open then */
export async function createApp(config: Config, options: AppOptions): Promise<App> {
  const { logger, say = () => undefined, tracing = noTracing } = options;
  const telemetry = options.telemetry ?? createTelemetry({ processMetrics: false });
  const { api, worker } = config.roles;
  const parts = await openEngine(config, {
    logger,
    metrics: telemetry.metrics,
    tracing,
    sends: worker,
    takesNew: api && worker,
    overrides: options,
  });
  let server: HttpScope;
  try {
    server = await mountHttp(config, parts, telemetry, tracing);
  } catch (error) {
    await parts[Symbol.asyncDispose]();
    throw error;
  }
  let closing: Promise<void> | undefined;

  return {
    parts,
    server,
    async start() {
      await listen(server, config);
      const url = toLocalUrl(config.host, (server.server.address() as AddressInfo).port);
      for (const warning of config.warnings) logger.warn({ warning }, 'settings');
      await warnOfStrayTenants(config.settings, parts.store, logger);
      parts.startWork({ sends: worker });
      const role = [api && 'api', worker && 'worker'].filter(Boolean).join(',');
      logger.info({ version: readVersion(), url, role }, 'started');
      const demo = await makeDemo(config, parts.context, url);
      if (demo !== undefined) say(demo);
      return url;
    },
    [Symbol.asyncDispose]() {
      // Requests first, so that what they began is still dispatched or left for others; then all that they used.
      closing ??= Promise.resolve(server.close()).then(() => parts[Symbol.asyncDispose]());
      return closing;
    },
  };
}

async function listen(server: HttpScope, { host, port }: Config): Promise<void> {
  try {
    await server.listen({ host, port });
  } catch (error) {
    const code = systemCodeOf(error);
    const words = code === undefined ? undefined : LISTEN_FAULTS[code];
    if (words === undefined) throw error;
    throw new StartupError(`cannot listen on ${host}:${port}: ${words}`, { cause: error });
  }
}

const LISTEN_FAULTS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use; end the other process or set OTPOST_PORT',
  EACCES: 'this user may not use that port; set OTPOST_PORT to one above 1023',
  EADDRNOTAVAIL: 'this machine does not have that address; set OTPOST_HOST',
  ENOTFOUND: 'there is no such host; set OTPOST_HOST',
  EAI_AGAIN: 'the host name cannot be looked up; set OTPOST_HOST',
};
