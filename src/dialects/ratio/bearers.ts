/**
 * The Bearer that may come beside a Ratio client's own credentials: a session that the next factor joins, or an access
 * token, which says nothing that the credentials do not.
 */
import type { FastifyRequest } from 'fastify';
import { EngineError } from '../../core/errors.ts';
import type { Engine, Session } from '../../engine/engine.ts';
import { parseBearer, principalOf } from '../../http/credentials.ts';

export interface Bearers {
  /** An `onRequest` hook, to stand behind the one that authenticates. */
  read(request: FastifyRequest): Promise<void>;
  /** What the request's Bearer continues. */
  sessionOf(request: FastifyRequest): Session | undefined;
}

export function createBearers(engine: Engine): Bearers {
  const sessions = new WeakMap<FastifyRequest, Session>();
  return {
    async read(request) {
      const { authorization } = request.headers;
      if (authorization === undefined) return;
      const token = parseBearer(authorization);
      const reading = token === undefined ? undefined : await engine.readBearer(principalOf(request), token);
      switch (reading?.kind) {
        case 'session':
          sessions.set(request, reading.session);
          return;
        case 'access':
          return;
        case 'expired':
          throw new EngineError('unauthenticated', 'The authorization has expired.', { field: 'exp' });
        default:
          throw new EngineError('unauthenticated', 'The authorization is not one of ours.', {
            field: 'authorization',
          });
      }
    },
    sessionOf: (request) => sessions.get(request),
  };
}
