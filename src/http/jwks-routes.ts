/** `/.well-known/jwks.json`: the public keys by which anybody verifies our tokens. No credentials are asked for. */
import type { Engine } from '../engine/engine.ts';
import type { HttpScope } from './http-scope.ts';

/** A new key is published a day before it signs, so a copy may well be kept for a while; not for longer than needed. */
const CACHE_CONTROL = 'public, max-age=600';

export function addJwksRoutes(app: HttpScope, engine: Pick<Engine, 'publishedKeys'>): void {
  app.get('/.well-known/jwks.json', async (_request, reply) => {
    const keys = await engine.publishedKeys();
    reply.header('cache-control', CACHE_CONTROL);
    return keys;
  });
}
