/**
 * RFC 9457 problem documents: what the native API and every path outside a dialect answers with, and the status
 * nearest to each engine error, which other dialects may refer to. It holds no dialect's own words.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9457
 */
import type { FastifyReply } from 'fastify';
import type { EngineErrorCode } from '../core/errors.ts';
import { type RequestFault, TRANSPORT_STATUS } from './request-fault.ts';

export interface ProblemKind {
  readonly status: number;
  readonly title: string;
}

/** Documented one by one in docs/errors.md, which a test keeps equal to this table. */
export const PROBLEMS = {
  unauthenticated: { status: 401, title: 'Credentials missing or wrong' },
  scope_missing: { status: 403, title: 'Key without this scope' },
  credentials_limited: { status: 429, title: 'Too many failed credentials' },
  invalid_request: { status: 400, title: 'Invalid request' },
  invalid_phone_number: { status: 400, title: 'Not a usable phone number' },
  invalid_email_address: { status: 400, title: 'Not a usable e-mail address' },
  destination_unsupported: { status: 422, title: 'Destination not served' },
  channel_unavailable: { status: 422, title: 'Channel not available' },
  invalid_sender: { status: 400, title: 'Not a usable sender' },
  invalid_template: { status: 400, title: 'Not a usable template' },
  template_not_found: { status: 404, title: 'Template not found' },
  message_too_long: { status: 422, title: 'Message too long' },
  not_found: { status: 404, title: 'Not found' },
  verification_settled: { status: 409, title: 'Verification is over' },
  verification_pending: { status: 409, title: 'Another verification is pending' },
  send_too_soon: { status: 429, title: 'Sent a moment ago' },
  sends_exhausted: { status: 429, title: 'No sends left' },
  limit_exceeded: { status: 429, title: 'Limit exceeded' },
  recipient_blocked: { status: 429, title: 'Recipient blocked for a while' },
  recipient_disabled: { status: 403, title: 'Recipient disabled' },
  idempotency_key_reused: { status: 422, title: 'Idempotency key used for another request' },
  conflict: { status: 409, title: 'Conflict' },
  insufficient_balance: { status: 402, title: 'Insufficient balance' },
  spending_cap_reached: { status: 402, title: 'Spending cap reached' },
  fraud_refused: { status: 403, title: 'Refused as likely fraud' },
  overloaded: { status: 503, title: 'Overloaded' },
  internal: { status: 500, title: 'Internal error' },
} as const satisfies Record<EngineErrorCode, ProblemKind>;

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

export interface Problem {
  /** Stable: `urn:otpost:error:` and the code. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: EngineErrorCode;
  readonly field?: string;
  readonly limit?: string;
  readonly retryAfterSeconds?: number;
  readonly faults?: readonly { readonly path: string; readonly message: string }[];
}

function toProblem(fault: RequestFault): Problem {
  const { status, title } = PROBLEMS[fault.code];
  const { field, limit, retryAfterSeconds } = fault.details;
  const faults = fault.faults.map(({ path, message }) => ({ path, message }));
  if (faults.length === 0 && field !== undefined) faults.push({ path: field, message: fault.message });
  return {
    type: `urn:otpost:error:${fault.code}`,
    title,
    status: fault.transport ? TRANSPORT_STATUS[fault.transport] : status,
    detail: fault.message,
    code: fault.code,
    ...(field === undefined ? {} : { field }),
    ...(limit === undefined ? {} : { limit }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    ...(faults.length === 0 ? {} : { faults }),
  };
}

/** `Retry-After` and `Allow` are set before, by the error handler of the scope. */
export function writeProblem(fault: RequestFault, reply: FastifyReply): void {
  const problem = toProblem(fault);
  reply.code(problem.status).header('content-type', PROBLEM_MEDIA_TYPE).send(problem);
}
