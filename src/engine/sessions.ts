import type { Channel } from '../core/channel.ts';
import type { Principal } from '../core/principal.ts';
import {
  continueSession,
  type FactorDetail,
  isSessionLive,
  SESSION_IDLE_MS,
  SESSION_TOKEN_TTL_SECONDS,
  type Session,
  type SessionFactor,
  startSession,
} from '../core/session.ts';
import { type JwtClaims, type JwtKind, readJwt, signJwt } from '../lib/jwt.ts';
import { fromIso, toIso } from '../lib/time.ts';
import type { AccessTokens, TokenDeps } from './access-tokens.ts';

export interface SessionCommand {
  /** Whose factor it is; the same recipient always gives the same `sub`. */
  readonly recipientId: string;
  readonly factor: { readonly deliveryMethod: Channel; readonly detail: FactorDetail };
  /** What `readBearer` gave for the session that the factor joins. Absent: a new session. */
  readonly continues?: Session;
}

export interface SessionReply {
  readonly jwt: string;
  readonly session: Session;
}

/** What a Bearer beside a client's credentials is: both kinds that we issue, if they are this tenant's. */
export type BearerReading =
  | { readonly kind: 'access'; readonly principal: Principal }
  | { readonly kind: 'session'; readonly session: Session }
  | { readonly kind: 'expired' }
  | { readonly kind: 'invalid' };

/**
 * Sessions as signed tokens for the caller's own parties to verify; nothing is stored. That holds every rule: who may
 * continue a session is proved by its signature together with the tenant's key, how long it lives is in it, and there
 * is no call that would end one early.
 */
export interface Sessions {
  issue(principal: Principal, command: SessionCommand): Promise<SessionReply>;
  readBearer(principal: Principal, token: string): Promise<BearerReading>;
}

/** A claim of our own has a name that cannot collide (RFC 7519 §4.2). */
export const SESSION_CLAIM = 'https://otpost/session';
/** A session goes on for ten minutes, its token for five: one that ran out still shows which session to continue. */
const TOLERANCE_SECONDS = SESSION_IDLE_MS / 1000 - SESSION_TOKEN_TTL_SECONDS + 1;

export function createSessions(deps: Omit<TokenDeps, 'remember'>, tokens: AccessTokens): Sessions {
  const { clock, makeId, issuer, keys } = deps;
  const kindOf = (principal: Principal): JwtKind => ({
    type: 'JWT',
    issuer,
    audience: principal.tenant.id,
  });

  async function readSession(principal: Principal, token: string): Promise<Session | 'expired' | 'invalid'> {
    const nowMs = clock();
    const answer = await readJwt(token, {
      ...kindOf(principal),
      findKey: keys.find,
      requiredClaims: ['sub', SESSION_CLAIM],
      nowMs,
      toleranceSeconds: TOLERANCE_SECONDS,
    });
    if (answer.kind !== 'read') return answer.kind;
    const session = fromClaims(answer.claims);
    // What was proved with a simulated phone is no part of a live session, nor the other way round.
    if (!session?.subject.startsWith(subjectPrefix(principal))) return 'invalid';
    return isSessionLive(session, nowMs) ? session : 'expired';
  }

  return {
    async issue(principal, { recipientId, factor, continues }) {
      const nowMs = clock();
      const added = { ...factor, authenticatedAtMs: nowMs };
      const session = continues
        ? continueSession(continues, added, nowMs)
        : startSession(makeId(), subjectPrefix(principal) + recipientId, added, nowMs);
      const { kid, key } = await keys.signer();
      const { type, audience } = kindOf(principal);
      return { jwt: await signJwt(kid, key, type, toClaims(session, issuer, audience, nowMs)), session };
    },
    async readBearer(principal, token) {
      const session = await readSession(principal, token);
      if (typeof session === 'object') return { kind: 'session', session };
      if (session === 'expired') return { kind: 'expired' };
      const holder = await tokens.authenticate(token);
      if (holder === 'expired' || holder === 'invalid') return { kind: holder };
      return holder.tenant.id === principal.tenant.id
        ? { kind: 'access', principal: holder }
        : { kind: 'invalid' };
    },
  };
}

function subjectPrefix({ mode }: Principal): string {
  return `user-${mode}-`;
}

function toClaims(session: Session, issuer: string, audience: string, nowMs: number): JwtClaims {
  const issuedAtSeconds = Math.floor(nowMs / 1000);
  return {
    iss: issuer,
    aud: audience,
    sub: session.subject,
    iat: issuedAtSeconds,
    nbf: issuedAtSeconds,
    exp: issuedAtSeconds + SESSION_TOKEN_TTL_SECONDS,
    [SESSION_CLAIM]: {
      id: session.id,
      started_at: toIso(session.startedAtMs),
      last_accessed_at: toIso(session.lastAccessedAtMs),
      expires_at: toIso(session.expiresAtMs),
      authentication_factors: session.factors.map(({ deliveryMethod, authenticatedAtMs, detail }) => ({
        type: 'otp',
        delivery_method: deliveryMethod,
        last_authenticated_at: toIso(authenticatedAtMs),
        ...detail,
      })),
    },
  };
}

/** What we signed ourselves a moment ago; undefined only for what an older release may have written otherwise. */
function fromClaims(claims: JwtClaims): Session | undefined {
  const claim = asRecord(claims[SESSION_CLAIM]);
  const { sub } = claims;
  const { id, started_at, last_accessed_at, expires_at, authentication_factors } = claim;
  if (typeof sub !== 'string' || typeof id !== 'string' || !Array.isArray(authentication_factors)) {
    return undefined;
  }
  const [startedAtMs, lastAccessedAtMs, expiresAtMs] = [started_at, last_accessed_at, expires_at].map(toMs);
  if (startedAtMs === undefined || lastAccessedAtMs === undefined || expiresAtMs === undefined) {
    return undefined;
  }
  const factors = authentication_factors.map(fromFactorClaim);
  return { id, subject: sub, startedAtMs, lastAccessedAtMs, expiresAtMs, factors };
}

function fromFactorClaim(value: unknown): SessionFactor {
  const { type: _, delivery_method, last_authenticated_at, ...detail } = asRecord(value);
  return {
    deliveryMethod: delivery_method as Channel,
    authenticatedAtMs: toMs(last_authenticated_at) ?? 0,
    detail,
  };
}

function toMs(value: unknown): number | undefined {
  return typeof value === 'string' ? fromIso(value) : undefined;
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
