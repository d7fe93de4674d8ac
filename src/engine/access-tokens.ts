import { EngineError } from '../core/errors.ts';
import { type Principal, SCOPES, type Scope } from '../core/principal.ts';
import { ACCESS_TOKEN_TTL_SECONDS } from '../core/signing-schedule.ts';
import { type JwtClaims, type JwtKind, readJwt, signJwt } from '../lib/jwt.ts';
import type { EngineContext } from './context.ts';
import type { KeyMemory } from './key-memory.ts';
import type { SigningKeys } from './signing-keys.ts';

/**
 * Access tokens stand for a key for two hours (RFC 6749 §4.4, claims of RFC 9068 §2.2). They are not stored; each names
 * its key in `key_id`, and the key is looked up on every use, so that revoking it revokes them.
 */
export interface AccessTokens {
  issue(principal: Principal, scopes?: readonly string[]): Promise<AccessToken>;
  authenticate(token: string): Promise<Principal | 'expired' | 'invalid'>;
}

export interface AccessToken {
  readonly token: string;
  /** One less than it lives: a second of it may be spent on the way. */
  readonly expiresInSeconds: number;
  readonly scopes: readonly Scope[];
}

export interface TokenDeps extends Pick<EngineContext, 'store' | 'clock' | 'makeId'> {
  readonly issuer: string;
  readonly keys: SigningKeys;
  readonly remember: KeyMemory;
}

/** Clients use one token for hours; a signature is verified once a node. About 4 MB. */
const READ_TOKENS_MAX = 2_048;

interface ReadToken {
  readonly keyId: string;
  readonly tenantId: string;
  readonly scopes: readonly string[];
  readonly expiresAtSeconds: number;
}

export function createAccessTokens(deps: TokenDeps): AccessTokens {
  const { store, clock, makeId, issuer, keys, remember } = deps;
  const kind: JwtKind = { type: 'at+jwt', issuer, audience: issuer };
  const readTokens = new Map<string, ReadToken>();

  async function read(token: string, nowMs: number): Promise<ReadToken | 'expired' | 'invalid'> {
    const known = readTokens.get(token);
    if (known) {
      if (nowMs < known.expiresAtSeconds * 1000) return known;
      readTokens.delete(token);
      return 'expired';
    }
    const requiredClaims = ['sub', 'client_id', 'key_id', 'scope', 'iat', 'jti'];
    const reading = { ...kind, findKey: keys.find, requiredClaims, nowMs };
    const answer = await readJwt(token, reading);
    if (answer.kind !== 'read') return answer.kind;
    const fresh = toReadToken(answer.claims);
    if (!fresh) return 'invalid';
    if (readTokens.size >= READ_TOKENS_MAX) readTokens.delete(readTokens.keys().next().value ?? '');
    readTokens.set(token, fresh);
    return fresh;
  }

  return {
    async issue(principal, asked) {
      const scopes = asked ? grantScopes(principal, asked) : principal.scopes;
      const issuedAtSeconds = Math.floor(clock() / 1000);
      const { kid, key } = await keys.signer();
      const token = await signJwt(kid, key, kind.type, {
        iss: issuer,
        aud: issuer,
        sub: principal.tenant.id,
        client_id: principal.tenant.id,
        key_id: principal.keyId,
        scope: scopes.join(' '),
        jti: makeId(),
        iat: issuedAtSeconds,
        exp: issuedAtSeconds + ACCESS_TOKEN_TTL_SECONDS,
      });
      return { token, expiresInSeconds: ACCESS_TOKEN_TTL_SECONDS - 1, scopes };
    },
    async authenticate(token) {
      const answer = await read(token, clock());
      if (typeof answer === 'string') return answer;
      const { keyId, tenantId, scopes } = answer;
      const principal = await remember(`id:${keyId}`, () => store.findKey(keyId));
      if (principal?.tenant.id !== tenantId) return 'invalid';
      return { ...principal, scopes: principal.scopes.filter((scope) => scopes.includes(scope)) };
    },
  };
}

/** RFC 6749 §3.3. @throws EngineError `scope_missing` */
function grantScopes(principal: Principal, asked: readonly string[]): readonly Scope[] {
  for (const name of asked) {
    if (principal.scopes.some((scope) => scope === name)) continue;
    throw new EngineError('scope_missing', 'This key does not have one of the scopes asked for.', {
      field: 'scope',
    });
  }
  return SCOPES.filter((scope) => asked.includes(scope));
}

function toReadToken({ sub, client_id, key_id, scope, exp }: JwtClaims): ReadToken | undefined {
  if (typeof sub !== 'string' || sub !== client_id || typeof exp !== 'number') return undefined;
  if (typeof key_id !== 'string' || typeof scope !== 'string') return undefined;
  return { tenantId: sub, keyId: key_id, scopes: scope.split(' '), expiresAtSeconds: exp };
}
