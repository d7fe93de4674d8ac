/**
 * The HTTP server that dialects, ops routes and the handset page are mounted on: limits, request ids, logging, and
 * clean answers to what no route takes. It knows no dialect and does not listen; the composition root does.
 */

import { isIP } from 'node:net';
import Fastify from 'fastify';
import type { Logger } from '../lib/logger.ts';
import type { Metrics } from '../lib/metrics.ts';
import type { Timers } from '../lib/time.ts';
import { noTracing, type Tracing } from '../lib/tracing.ts';
import type { MakeUuid } from '../lib/uuid.ts';
import { createClientErrorHandler } from './client-errors.ts';
import { handleFaults } from './fault-handling.ts';
import type { HttpScope } from './http-scope.ts';
import { writeProblem } from './problem.ts';
import { TransportError } from './request-fault.ts';
import { createRequestIds, REQUEST_ID_HEADER } from './request-id.ts';
import { addRequestLog } from './request-log.ts';
import { addRequestTrace } from './request-trace.ts';

/** SECURITY.md rule 7. The largest honest body is a template in twenty languages, under 20 KiB. */
const BODY_BYTES_MAX = 64 * 1024;
const HEADER_BYTES_MAX = 16 * 1024;
/** No route's parameter is refused for its length: what is too long is an unknown id, like any other. */
const PARAM_CHARACTERS_MAX = HEADER_BYTES_MAX;
const HEADERS_TIMEOUT_MS = 10_000;
/** For the whole request: 64 KiB over a bad line take less. */
const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than the 60 s of common load balancers, which must be the side that closes. */
const KEEP_ALIVE_TIMEOUT_MS = 72_000;
/** A connection on which nothing moves, in either direction, in the middle of a request. */
const IDLE_TIMEOUT_MS = 120_000;
/** Within the ten seconds that a shutdown may take; after it, open streams are cut. */
const CLOSE_GRACE_MS = 5_000;

export interface HttpServerDeps {
  readonly logger: Logger;
  readonly timers: Timers;
  readonly makeUuid: MakeUuid;
  /** Addresses or CIDR ranges whose `X-Forwarded-For` counts. None: the peer is the caller. */
  readonly trustedProxies?: readonly string[];
  readonly metrics: Metrics;
  readonly tracing?: Tracing;
}

export function createHttpServer(deps: HttpServerDeps): HttpScope {
  const { logger, timers, makeUuid, metrics, tracing = noTracing, trustedProxies = [] } = deps;
  const app: HttpScope = Fastify({
    logger: false,
    http: { maxHeaderSize: HEADER_BYTES_MAX, headersTimeout: HEADERS_TIMEOUT_MS },
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: IDLE_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    bodyLimit: BODY_BYTES_MAX,
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    genReqId: createRequestIds(makeUuid),
    forceCloseConnections: 'idle',
    // Requests that arrive on open connections while closing are still served; their connections then end.
    return503OnClosing: false,
    routerOptions: { maxParamLength: PARAM_CHARACTERS_MAX },
    clientErrorHandler: createClientErrorHandler(logger),
    rewriteUrl: ({ url = '/' }) => decodeColons(url),
    // An undecodable path is read as the very characters it is made of and takes the ordinary way, so that it is an
    // unknown id or path in the shape of whatever dialect it falls to.
    frameworkErrors: (_error, request, reply) => {
      request.raw.url = escapePercents(request.raw.url ?? '/');
      app.routing(request.raw, reply.raw);
    },
    ajv: {
      customOptions: {
        // Strict and complete: nothing is converted, dropped or filled in, and every fault is found.
        coerceTypes: false,
        removeAdditional: false,
        useDefaults: false,
        allErrors: true,
        formats: { ip: (text: string) => isIP(text) !== 0 },
      },
    },
  });
  app.removeContentTypeParser('text/plain');
  app.decorateRequest('principal', undefined);
  app.decorateRequest('fault', undefined);
  addRequestTrace(app, tracing);
  app.addHook('onRequest', (request, reply, done) => {
    reply.header(REQUEST_ID_HEADER, request.id);
    done();
  });
  const requestLog = addRequestLog(app, logger, metrics);
  handleFaults(app, logger, (fault, _request, reply) => writeProblem(fault, reply));
  app.setNotFoundHandler((request, reply) => {
    reply.raw.once('finish', () => requestLog.recordUnrouted(request, reply));
    throw new TransportError('path_unknown', 'no such path');
  });
  closeInGoodOrder(app, timers);
  return app;
}

/**
 * Some clients write the colon of a path such as `/otp/sms:send` percent-encoded. The router leaves reserved characters
 * as they came, so that it would be another path.
 */
function decodeColons(url: string): string {
  const end = url.indexOf('?');
  const path = end < 0 ? url : url.slice(0, end);
  return path.includes('%3') ? path.replaceAll(/%3a/gi, ':') + url.slice(path.length) : url;
}

function escapePercents(url: string): string {
  const end = url.indexOf('?');
  const path = end < 0 ? url : url.slice(0, end);
  return path.replaceAll('%', '%25') + url.slice(path.length);
}

/** Closing lets what is being answered finish, takes idle connections away as they fall idle, and has an end. */
function closeInGoodOrder(app: HttpScope, timers: Timers): void {
  let isClosing = false;
  let grace: ReturnType<Timers['setTimeout']> | undefined;
  app.addHook('preClose', (done) => {
    isClosing = true;
    grace = timers.setTimeout(() => app.server.closeAllConnections(), CLOSE_GRACE_MS);
    grace.unref();
    done();
  });
  app.addHook('onResponse', (_request, _reply, done) => {
    // The connection is idle only after this turn; Node.js itself would wait for its keep-alive time-out.
    if (isClosing) setImmediate(() => app.server.closeIdleConnections());
    done();
  });
  app.addHook('onClose', (_app, done) => {
    timers.clearTimeout(grace);
    done();
  });
}
