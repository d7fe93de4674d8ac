/**
 * Sessions: what a person has proved, and until when it counts. A session is not stored; it lives in the signed token
 * that the caller holds. Pure decisions; the token is engine/sessions.ts.
 */
import type { Channel } from './channel.ts';

export interface Session {
  readonly id: string;
  /** Whom it is about: stable per tenant and recipient. */
  readonly subject: string;
  readonly startedAtMs: number;
  readonly lastAccessedAtMs: number;
  readonly expiresAtMs: number;
  /** In the order of their last use. */
  readonly factors: readonly SessionFactor[];
}

export interface SessionFactor {
  readonly deliveryMethod: Channel;
  readonly authenticatedAtMs: number;
  /** What the dialect says of the address or device: JSON that the engine does not look into. */
  readonly detail: FactorDetail;
}

export type FactorDetail = Readonly<Record<string, unknown>>;

/** From the last use. */
export const SESSION_IDLE_MS = 600_000;
/** The life of one token of a session. */
export const SESSION_TOKEN_TTL_SECONDS = 300;
/** More than anybody is asked for within ten minutes; more would make a token too long for a header. */
export const SESSION_FACTORS_MAX = 4;

export function startSession(id: string, subject: string, factor: SessionFactor, nowMs: number): Session {
  return {
    id,
    subject,
    startedAtMs: nowMs,
    lastAccessedAtMs: nowMs,
    expiresAtMs: nowMs + SESSION_IDLE_MS,
    factors: [factor],
  };
}

/** The same session with one factor more; a factor that it has already is renewed. */
export function continueSession(session: Session, factor: SessionFactor, nowMs: number): Session {
  const others = session.factors.filter((known) => !isSameFactor(known, factor));
  return {
    ...session,
    lastAccessedAtMs: nowMs,
    expiresAtMs: nowMs + SESSION_IDLE_MS,
    factors: [...others, factor].slice(-SESSION_FACTORS_MAX),
  };
}

export function isSessionLive(session: Session, nowMs: number): boolean {
  return nowMs < session.expiresAtMs;
}

function isSameFactor(a: SessionFactor, b: SessionFactor): boolean {
  return a.deliveryMethod === b.deliveryMethod && JSON.stringify(a.detail) === JSON.stringify(b.detail);
}
