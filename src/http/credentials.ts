/**
 * From a request's headers to a principal: parsers for the forms in which credentials come, and the authenticator
 * that asks the engine and limits failures per address. What a missing credential looks like on the wire is the
 * dialect's business.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { EngineError } from '../core/errors.ts';
import type { Principal, Scope } from '../core/principal.ts';
import type { Credentials, Engine } from '../engine/engine.ts';
import { isJwtShaped } from '../lib/jwt.ts';
import type { Clock } from '../lib/time.ts';
import { toAddressGroup } from './client-address.ts';
import { createFailureLimiter } from './failure-limiter.ts';

/** Our secrets have under 64 characters, our access tokens under 2000. */
const CREDENTIAL_CHARACTERS_MAX = 4096;

const BEARER = /^Bearer +([\x21-\x7e]+)$/i;
const BASIC = /^Basic +([A-Za-z0-9+/]+={0,2})$/i;
const HEADER_VALUE = /^[\x21-\x7e]+$/;

/** RFC 6750 §2.1. The value is not looked into. */
export function parseBearer(authorization: string | undefined): string | undefined {
  if (authorization === undefined || authorization.length > CREDENTIAL_CHARACTERS_MAX) return undefined;
  return BEARER.exec(authorization)?.[1];
}

/** RFC 7617 §2: both parts must be there; the user name ends at the first colon. */
export function parseBasic(
  authorization: string | undefined,
): { readonly user: string; readonly secret: string } | undefined {
  if (authorization === undefined || authorization.length > CREDENTIAL_CHARACTERS_MAX) return undefined;
  const encoded = BASIC.exec(authorization)?.[1];
  if (encoded === undefined) return undefined;
  const decoded = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  if (colon <= 0 || colon === decoded.length - 1) return undefined;
  return { user: decoded.slice(0, colon), secret: decoded.slice(colon + 1) };
}

/** The value of a header that comes once and holds printable ASCII without spaces. */
export function parseHeader(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  if (typeof value !== 'string' || value.length > CREDENTIAL_CHARACTERS_MAX) return undefined;
  return HEADER_VALUE.test(value) ? value : undefined;
}

export interface Authenticator {
  /**
   * @param source where the failure is counted: the request, whose `ip` is read only when needed
   * @param credentials undefined where there were none, or none that could be read
   * @throws EngineError `unauthenticated`, `scope_missing`, `credentials_limited` with `retryAfterSeconds`
   */
  authenticate(
    source: { readonly ip: string },
    credentials: Credentials | undefined,
    scope?: Scope,
  ): Promise<Principal>;
  /**
   * The same for an access token. One that has run out is `unauthenticated` with the field `exp`, and counts as no
   * failure: its holder had the right one.
   */
  authenticateToken(
    source: { readonly ip: string },
    token: string | undefined,
    scope?: Scope,
  ): Promise<Principal>;
}

export interface AuthenticatorDeps {
  readonly engine: Pick<Engine, 'authenticate' | 'authenticateToken'>;
  readonly clock: Clock;
}

export function createAuthenticator({ engine, clock }: AuthenticatorDeps): Authenticator {
  const limiter = createFailureLimiter(clock);

  async function admit(
    source: { readonly ip: string },
    scope: Scope | undefined,
    lookUp: () => Promise<Principal | undefined>,
  ): Promise<Principal> {
    // An address that failed too often is not looked up at all: right and wrong secrets get the same answer.
    if (!limiter.isEmpty()) refuseLimited(limiter.retryAfterSeconds(toAddressGroup(source.ip)));
    const principal = await lookUp();
    if (principal === undefined) {
      const group = toAddressGroup(source.ip);
      // Others of the same address may have failed while this one was looked up.
      refuseLimited(limiter.retryAfterSeconds(group));
      limiter.recordFailure(group);
      throw unauthenticated();
    }
    if (scope !== undefined) requireScope(principal, scope);
    return principal;
  }

  return {
    async authenticate(source, credentials, scope) {
      // Sending nothing tries nothing, so it is not counted; the answer is the same as for a wrong secret.
      if (credentials === undefined) throw unauthenticated();
      return admit(source, scope, () => engine.authenticate(credentials));
    },
    async authenticateToken(source, token, scope) {
      if (token === undefined) throw unauthenticated();
      return admit(source, scope, async () => {
        const answer = await engine.authenticateToken(token);
        if (answer === 'expired') {
          throw new EngineError('unauthenticated', 'The access token has expired.', { field: 'exp' });
        }
        return answer === 'invalid' ? undefined : answer;
      });
    },
  };
}

/** @throws EngineError `scope_missing` */
function requireScope(principal: Principal, scope: Scope): void {
  if (!principal.scopes.includes(scope)) {
    throw new EngineError('scope_missing', `This key does not have the scope "${scope}".`);
  }
}

/**
 * An `onRequest` hook: authenticates before any body is read and leaves the principal on the request.
 *
 * @example scope.addHook('onRequest', authenticateWith(authenticator, (headers) => …, 'verify'))
 */
export function authenticateWith(
  authenticator: Authenticator,
  parse: (headers: IncomingHttpHeaders) => Credentials | undefined,
  scope?: Scope,
): (request: FastifyRequest) => Promise<void> {
  return async (request) => {
    request.principal = await authenticator.authenticate(request, parse(request.headers), scope);
  };
}

/** The same hook for a scope whose Bearer is the secret of a key or an access token that stands for one. */
export function authenticateBearer(
  authenticator: Authenticator,
  scope?: Scope,
): (request: FastifyRequest) => Promise<void> {
  return async (request) => {
    const bearer = parseBearer(request.headers.authorization);
    request.principal =
      bearer !== undefined && isJwtShaped(bearer)
        ? await authenticator.authenticateToken(request, bearer, scope)
        : await authenticator.authenticate(
            request,
            bearer === undefined ? undefined : { secret: bearer },
            scope,
          );
  };
}

/** The caller of a route that stands behind `authenticateWith`. */
export function principalOf(request: FastifyRequest): Principal {
  // A route without its hook must not run for nobody.
  if (request.principal === undefined) throw new Error('a route was reached without authentication');
  return request.principal;
}

function refuseLimited(retryAfterSeconds: number | undefined): void {
  if (retryAfterSeconds === undefined) return;
  throw new EngineError('credentials_limited', 'Too many failed credentials from this address.', {
    retryAfterSeconds,
    limit: 'failed-credentials-per-address',
  });
}

function unauthenticated(): EngineError {
  return new EngineError('unauthenticated', 'The credentials are missing or wrong.');
}
