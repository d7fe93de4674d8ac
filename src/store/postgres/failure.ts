/** What a failure of PostgreSQL or of the way to it means for a transaction. It decides; it neither waits nor retries. */
import { DatabaseError } from 'pg';
import { EngineError } from '../../core/errors.ts';

export const OVERLOADED_RETRY_SECONDS = 1;

export type FailureKind =
  /** Two transactions stood in each other's way: nothing was written, and the same work may succeed at once. */
  | 'conflict'
  /** The connection is gone. What it had not been told to commit was not written. */
  | 'connection-lost'
  /** The server has more to do than it can, or someone held a lock for too long. */
  | 'busy'
  | 'other';

// @see https://www.postgresql.org/docs/18/errcodes-appendix.html
const SERIALIZATION_FAILURE = '40001';
const DEADLOCK_DETECTED = '40P01';
const UNIQUE_VIOLATION = '23505';
const LOCK_NOT_AVAILABLE = '55P03';
const QUERY_CANCELED = '57014';
const CANNOT_CONNECT_NOW = '57P03';
const CHARACTER_NOT_IN_REPERTOIRE = '22021';
/** Connection exceptions; the server crashed. */
const LOST = /^(08...|57P02)$/;
/** The server ends the session, as it shuts down, was told to, or finds it idle or at work for too long. */
const SESSION_ENDED = /^(57P0[145]|25P0[34])$/;
/** Out of connections, memory or disk. */
const EXHAUSTED = /^53...$/;
/** Two calls with one Idempotency-Key for two recipients: the second, run again, sees the first. */
const IDEMPOTENCY_KEY = 'idempotency_key';

export function kindOf(error: unknown): FailureKind {
  if (!(error instanceof DatabaseError)) return error instanceof EngineError ? 'other' : kindOfOther(error);
  const { code = '', constraint } = error;
  if (code === SERIALIZATION_FAILURE || code === DEADLOCK_DETECTED) return 'conflict';
  if (code === UNIQUE_VIOLATION && constraint === IDEMPOTENCY_KEY) return 'conflict';
  if (LOST.test(code) || SESSION_ENDED.test(code)) return 'connection-lost';
  if (code === LOCK_NOT_AVAILABLE || code === QUERY_CANCELED || code === CANNOT_CONNECT_NOW) return 'busy';
  return EXHAUSTED.test(code) ? 'busy' : 'other';
}

/** Thrown by a connection in place of whatever the socket or the client said. */
export class ConnectionLost extends Error {
  override readonly name: string = 'ConnectionLost';
}

/** The server said nothing for as long as it is waited for, and on another session it would most likely say no more. */
export class NoAnswer extends ConnectionLost {
  override readonly name = 'NoAnswer';
}

/**
 * Whether what was under way may have been committed, for all that this error says. Not where the server says that it
 * ends the session: it does so in place of the answer to the commit, which would have come before.
 */
export function mayBeCommitted(error: unknown): boolean {
  if (kindOf(error) !== 'connection-lost') return false;
  return !(error instanceof DatabaseError && SESSION_ENDED.test(error.code ?? ''));
}

function kindOfOther(error: unknown): FailureKind {
  return error instanceof ConnectionLost ? 'connection-lost' : 'other';
}

export function isUniqueViolation(error: unknown, constraint: string): boolean {
  return error instanceof DatabaseError && error.code === UNIQUE_VIOLATION && error.constraint === constraint;
}

/** What the engine is told in the end. What is no failure of the database passes as it is. */
export function toEngineError(error: unknown): unknown {
  switch (kindOf(error)) {
    case 'conflict':
      return overloaded('the same rows are wanted by too many at once', error);
    case 'connection-lost':
      return overloaded('the connection to the database was lost', error);
    case 'busy':
      return overloaded('the database is overloaded', error);
    case 'other':
      break;
  }
  if (error instanceof DatabaseError && error.code === CHARACTER_NOT_IN_REPERTOIRE) {
    return new EngineError(
      'invalid_request',
      'A text has a character that cannot be kept.',
      {},
      { cause: error },
    );
  }
  return error;
}

export function overloaded(message: string, cause?: unknown): EngineError {
  return new EngineError('overloaded', message, { retryAfterSeconds: OVERLOADED_RETRY_SECONDS }, { cause });
}

/** The server may have committed or not: whoever asks again with the same Idempotency-Key finds out. */
export function outcomeUnknown(cause: unknown): EngineError {
  const message = 'the connection to the database was lost while it committed';
  return new EngineError('internal', message, {}, { cause });
}
