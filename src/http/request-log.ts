/**
 * One log line and one count a request, made when its reply has gone out. Routes appear as patterns and people as ids:
 * a URL may hold anything a caller writes, so it is never logged.
 */
import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import type { Logger } from '../lib/logger.ts';
import type { Metrics } from '../lib/metrics.ts';
import type { HttpScope } from './http-scope.ts';

/** What names a request in metrics and log; the route is a pattern, so these are few. */
interface RequestLabel {
  readonly dialect: string;
  readonly route: string;
  readonly method: string;
}

/** The dialect of the server's own routes, and the route of a request that none took. */
const NO_DIALECT = 'none';
const NO_ROUTE = 'none';

/** Paths that monitors ask every few seconds; their lines would drown the others. */
const QUIET_ROUTES: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics']);

export interface RequestLog {
  /** Called for a request that no route took. */
  recordUnrouted(request: FastifyRequest, reply: FastifyReply): void;
}

/** Adds itself to every route that is registered after it. */
export function addRequestLog(app: HttpScope, logger: Logger, metrics: Metrics): RequestLog {
  const record = (label: RequestLabel, request: FastifyRequest, reply: FastifyReply, seconds: number) => {
    const { dialect, route } = label;
    metrics.count('otpost_http_requests_total', { dialect, route, status: String(reply.statusCode) });
    metrics.observe('otpost_http_request_duration_seconds', { dialect, route }, seconds);
    const limit = request.fault?.details.limit;
    if (limit !== undefined) metrics.count('otpost_limits_refused_total', { limit });
    const fields = {
      requestId: request.id,
      dialect: label.dialect,
      method: label.method,
      route: label.route,
      status: reply.statusCode,
      error: request.fault?.code,
      limit,
      ms: Math.round(seconds * 1e5) / 100,
      tenantId: request.principal?.tenant.id,
      keyId: request.principal?.keyId,
      verificationId: reply.getHeader('otpost-verification-id'),
      messageId: reply.getHeader('otpost-message-id'),
    };
    if (QUIET_ROUTES.has(label.route)) logger.debug(fields, 'request');
    else logger.info(fields, 'request');
  };

  app.addHook('onRoute', (options) => {
    // A closure a route spares a look-up a request. The label is made late, when inner scopes have added theirs.
    const labels = new Map<string, RequestLabel>();
    options.onResponse = [
      ...listOf(options.onResponse),
      (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
        const label = labels.get(request.method) ?? toLabel(options, request.method);
        labels.set(request.method, label);
        record(label, request, reply, reply.elapsedTime / 1000);
        done();
      },
    ];
  });

  return {
    recordUnrouted(request, reply) {
      record({ dialect: NO_DIALECT, route: NO_ROUTE, method: request.method }, request, reply, 0);
    },
  };
}

function toLabel(options: RouteOptions, method: string): RequestLabel {
  return { dialect: options.config?.dialect ?? NO_DIALECT, route: options.url || '/', method };
}

function listOf<T>(hooks: T | readonly T[] | undefined): readonly T[] {
  if (hooks === undefined) return [];
  return Array.isArray(hooks) ? hooks : [hooks as T];
}
