/** A span for each request, from its first header to its last byte. Added only where traces are wanted. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { OpenSpan, SpanAttributes, Tracing } from '../lib/tracing.ts';
import type { HttpScope } from './http-scope.ts';

/** To be called before any other hook is added, so that all of them are within the span. */
export function addRequestTrace(app: HttpScope, tracing: Tracing): void {
  if (!tracing.isOn) return;
  const spans = new WeakMap<FastifyRequest, OpenSpan>();

  app.addHook('onRequest', (request, _reply, done) => {
    const route = request.routeOptions.url;
    const span = tracing.openRequest(
      route === undefined ? request.method : `${request.method} ${route}`,
      request.headers,
    );
    spans.set(request, span);
    span.enter(done);
  });
  // The body was read by callbacks of the socket, which know nothing of the span.
  app.addHook('preValidation', (request, _reply, done) => {
    const span = spans.get(request);
    if (span) span.enter(done);
    else done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    const span = spans.get(request);
    span?.set(attributesOf(request, reply));
    span?.end(reply.statusCode >= 500);
    done();
  });
}

/** As the request's log line: the route is a pattern, and people are ids. */
function attributesOf(request: FastifyRequest, reply: FastifyReply): SpanAttributes {
  const { url, config } = request.routeOptions;
  const principal = request.principal;
  return {
    'http.request.method': request.method,
    'http.response.status_code': reply.statusCode,
    'otpost.request.id': request.id,
    ...(url !== undefined && { 'http.route': url }),
    ...(config?.dialect !== undefined && { 'otpost.dialect': config.dialect }),
    ...(principal && { 'otpost.tenant.id': principal.tenant.id, 'otpost.key.id': principal.keyId }),
    ...(request.fault && { 'otpost.error': request.fault.code }),
  };
}
