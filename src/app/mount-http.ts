/** Puts everything that answers HTTP on one server: dialects and their documentation, tokens, the handset page, receipts, ops routes. */
import type { Config } from '../config/config.ts';
import { EngineError } from '../core/errors.ts';
import { mountDialects } from '../dialects/mount.ts';
import { DIALECTS } from '../dialects/registry.ts';
import { receiptSourceOf } from '../engine/ports/receipt-source.ts';
import type { Carrier } from '../engine/ports.ts';
import type { Router } from '../engine/router.ts';
import { createAuthenticator } from '../http/credentials.ts';
import { addDocsRoutes } from '../http/docs-routes.ts';
import { type HandsetInbox, handsetRoutes } from '../http/handset-routes.ts';
import type { HttpScope } from '../http/http-scope.ts';
import { addJwksRoutes } from '../http/jwks-routes.ts';
import { addOauthRoutes } from '../http/oauth-routes.ts';
import { addOpsRoutes, type ReadinessCheck } from '../http/ops-routes.ts';
import { addReceiptRoutes } from '../http/receipt-routes.ts';
import { createHttpServer } from '../http/server.ts';
import type { Telemetry } from '../lib/telemetry.ts';
import type { Tracing } from '../lib/tracing.ts';
import type { OpenEngine } from './open-engine.ts';
import { readGauges } from './read-gauges.ts';

export async function mountHttp(
  config: Config,
  { engine, context, store, carriers, receipts }: OpenEngine,
  telemetry: Telemetry,
  tracing: Tracing,
): Promise<HttpScope> {
  const { clock, timers, makeId, logger } = context;
  const { metrics } = telemetry;
  const { trustedProxies = [], publicUrl } = config.http;
  const server = createHttpServer({ logger, timers, makeUuid: makeId, metrics, tracing, trustedProxies });
  addOpsRoutes(server, {
    checks: [toStoreCheck(store), ...carriers.map(({ id }) => toCarrierCheck(id, context.router))],
    telemetry: {
      async expose() {
        await readGauges(metrics, store, context.router);
        return telemetry.expose();
      },
    },
  });
  if (config.roles.api) {
    const authenticator = createAuthenticator({ engine, clock });
    const dialects = await mountDialects(server, DIALECTS, config.dialects, {
      ...{ engine, authenticator, clock, logger, settingsOf: context.settingsOf },
      ...(publicUrl !== undefined && { publicUrl }),
    });
    addDocsRoutes(server, dialects);
    await addOauthRoutes(server, { engine, authenticator, logger });
    addJwksRoutes(server, engine);
  }
  const sources = carriers.flatMap((carrier) => {
    const source = receiptSourceOf(carrier);
    return source ? [[carrier.id, source] as const] : [];
  });
  if (sources.length > 0)
    await addReceiptRoutes(server, { sources: new Map(sources), sink: receipts, metrics });
  const inboxes = carriers.filter(isHandset);
  if (inboxes.length > 0) await server.register(handsetRoutes, { inboxes, timers });
  return server;
}

function isHandset(carrier: Carrier): carrier is Carrier & HandsetInbox {
  return carrier.kind === 'handset' && 'subscribe' in carrier;
}

function toStoreCheck(store: OpenEngine['store']): ReadinessCheck {
  return {
    name: 'store',
    isRequired: true,
    probe: async () => {
      try {
        await store.probe();
        return undefined;
      } catch (error) {
        if (error instanceof EngineError && error.code === 'internal') return describeLoss(error);
        throw error;
      }
    },
  };
}

/** With SQLite's own words, such as `database or disk is full`, which hold no values. */
function describeLoss({ message, cause }: EngineError): string {
  const isOfSqlite = cause instanceof Error && 'errcode' in cause;
  return isOfSqlite ? `${message}: ${cause.message}` : message;
}

/** A carrier that is down is told, but its node still takes requests: others may be up, and messages wait. */
function toCarrierCheck(id: string, router: Router): ReadinessCheck {
  return {
    name: `carrier ${id}`,
    isRequired: false,
    probe: async () => {
      const carrier = router.health().find((one) => one.id === id);
      if (!carrier) return 'unknown';
      const { health, breaker } = carrier;
      if (health.state !== 'up') return health.detail ?? health.state;
      return breaker === 'closed' ? undefined : `circuit breaker ${breaker}`;
    },
  };
}
