/** One dialect on a test server with a fake engine behind it. */
import type { TenantSettings } from '../../src/core/tenant-settings.ts';
import type { Dialect, DialectSettings } from '../../src/dialects/dialect.ts';
import { mountDialects } from '../../src/dialects/mount.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { createAuthenticator } from '../../src/http/credentials.ts';
import { addDocsRoutes } from '../../src/http/docs-routes.ts';
import { NO_SETTINGS } from './engine-harness.ts';
import { createFakeEngine, type FakeEngine } from './fake-engine.ts';
import { createTestServer, type TestServer } from './http-server.ts';
import { createManualClock } from './manual-clock.ts';

export interface DialectServer extends TestServer, FakeEngine {}

export async function serveDialect(
  dialect: Dialect,
  overrides: Partial<Engine> = {},
  settings: DialectSettings = {},
  own: Partial<TenantSettings> = {},
): Promise<DialectServer> {
  const server = createTestServer();
  const fake = createFakeEngine(overrides);
  const { now: clock } = createManualClock();
  const { engine } = fake;
  const authenticator = createAuthenticator({ engine, clock });
  const context = {
    engine,
    authenticator,
    clock,
    logger: server.logger,
    settingsOf: () => ({ ...NO_SETTINGS, ...own }),
  };
  const documented = await mountDialects(server.app, [dialect], { [dialect.name]: settings }, context);
  addDocsRoutes(server.app, documented);
  return { ...server, ...fake };
}
