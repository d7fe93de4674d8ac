/** For scopes whose calls may come without a body: many clients then still say that it is JSON. */
import type { FastifyRequest } from 'fastify';
import type { HttpScope } from './http-scope.ts';

/** An empty JSON body becomes no body, which a route with a schema for its body still refuses. */
export function acceptEmptyJson(scope: HttpScope): void {
  const parse = scope.getDefaultJsonParser('error', 'error');
  scope.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.length === 0) done(null, undefined);
    else parse(request, body as string, done);
  });
}

/** A `preValidation` hook: no body is an object without fields. */
export function defaultToEmptyBody(request: FastifyRequest, _reply: unknown, done: () => void): void {
  request.body ??= {};
  done();
}
