/**
 * How OneConnect says that a request was not served: a number of its own list, `ERROR` and a sentence. Where the vendor
 * has no number, the HTTP status stands for it; its own have four digits.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { EngineErrorCode } from '../../core/errors.ts';
import { type RequestFault, TRANSPORT_STATUS } from '../../http/request-fault.ts';

/** RFC 7617 §2. */
const CHALLENGE = 'Basic realm="otpost", charset="UTF-8"';

interface Wire {
  readonly status: number;
  /** Absent: the status. */
  readonly errorCode?: number;
  /** The vendor's sentence. Absent: ours. */
  readonly message?: string;
}

const NO_BALANCE = { status: 402, errorCode: 1000 } as const;
const INVALID_PHONE_NUMBER = { status: 400, errorCode: 4004, message: 'Invalid phone number.' } as const;

const WIRE = {
  unauthenticated: { status: 401 },
  scope_missing: { status: 403 },
  credentials_limited: { status: 429 },
  invalid_request: { status: 400 },
  invalid_phone_number: INVALID_PHONE_NUMBER,
  invalid_email_address: INVALID_PHONE_NUMBER,
  destination_unsupported: INVALID_PHONE_NUMBER,
  channel_unavailable: { status: 422 },
  invalid_sender: { status: 400 },
  invalid_template: { status: 422 },
  template_not_found: { status: 422 },
  message_too_long: { status: 422 },
  not_found: { status: 404 },
  verification_settled: { status: 409 },
  verification_pending: { status: 409 },
  send_too_soon: { status: 429 },
  sends_exhausted: { status: 429 },
  limit_exceeded: { status: 429 },
  recipient_blocked: { status: 429 },
  recipient_disabled: { status: 403 },
  idempotency_key_reused: { status: 422 },
  conflict: { status: 409 },
  insufficient_balance: { ...NO_BALANCE, message: 'No balance.' },
  spending_cap_reached: NO_BALANCE,
  fraud_refused: { status: 403 },
  overloaded: { status: 503 },
  internal: { status: 500 },
} as const satisfies Record<EngineErrorCode, Wire>;

export function writeFault(fault: RequestFault, _request: FastifyRequest, reply: FastifyReply): void {
  const { status, errorCode = status, message = fault.message } = toWire(fault);
  if (status === 401) reply.header('www-authenticate', CHALLENGE);
  reply.code(status).send({ error_code: errorCode, status: 'ERROR', message });
}

function toWire(fault: RequestFault): Wire {
  if (fault.transport) return { status: TRANSPORT_STATUS[fault.transport] };
  // The vendor says of a missing number what it says of a bad one.
  if (fault.faults.some(({ path }) => path === 'phone_number')) return INVALID_PHONE_NUMBER;
  return WIRE[fault.code];
}

const ErrorReply = Type.Object(
  { error_code: Type.Integer(), status: Type.String(), message: Type.String() },
  { title: 'Error' },
);

/** For a route's `response`: every reply that is no success. */
export const errorReplies = { '4xx': ErrorReply, '5xx': ErrorReply } as const;
