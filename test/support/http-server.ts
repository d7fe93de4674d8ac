/** An HTTP server for tests: quiet, with what it logged and counted at hand, and request ids that can be foretold. */

import type { HttpScope } from '../../src/http/http-scope.ts';
import { createHttpServer, type HttpServerDeps } from '../../src/http/server.ts';
import { createTelemetry, type Telemetry } from '../../src/lib/telemetry.ts';
import { systemTimers } from '../../src/lib/time.ts';
import { type CapturingLogger, createCapturingLogger } from './capturing-logger.ts';

export interface TestServer {
  readonly app: HttpScope;
  readonly logger: CapturingLogger;
  readonly telemetry: Telemetry;
}

export function createTestServer(overrides: Partial<HttpServerDeps> = {}): TestServer {
  const logger = createCapturingLogger();
  const telemetry = createTelemetry({ processMetrics: false });
  let requests = 0;
  const makeUuid = () => {
    requests += 1;
    return `request-${requests}`;
  };
  const { metrics } = telemetry;
  const app = createHttpServer({ logger, timers: systemTimers, makeUuid, metrics, ...overrides });
  return { app, logger, telemetry };
}
