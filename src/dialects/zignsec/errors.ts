/** How ZignSec says that a request was not served: a list of codes with descriptions. The vendor documents only the statuses. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { EngineErrorCode } from '../../core/errors.ts';
import { type FieldFault, type RequestFault, TRANSPORT_STATUS } from '../../http/request-fault.ts';

interface Wire {
  readonly status: number;
  readonly code: string;
}

const WIRE = {
  unauthenticated: { status: 401, code: 'UNAUTHORIZED' },
  scope_missing: { status: 401, code: 'UNAUTHORIZED' },
  credentials_limited: { status: 429, code: 'TOO_MANY_REQUESTS' },
  invalid_request: { status: 400, code: 'INVALID_REQUEST' },
  invalid_phone_number: { status: 400, code: 'INVALID_PHONE' },
  invalid_email_address: { status: 400, code: 'INVALID_PHONE' },
  destination_unsupported: { status: 400, code: 'INVALID_PHONE' },
  channel_unavailable: { status: 400, code: 'INVALID_REQUEST' },
  invalid_sender: { status: 400, code: 'INVALID_REQUEST' },
  invalid_template: { status: 400, code: 'INVALID_REQUEST' },
  template_not_found: { status: 400, code: 'INVALID_REQUEST' },
  message_too_long: { status: 400, code: 'INVALID_REQUEST' },
  not_found: { status: 404, code: 'SESSION_NOT_FOUND' },
  verification_settled: { status: 409, code: 'INVALID_REQUEST' },
  verification_pending: { status: 409, code: 'INVALID_REQUEST' },
  send_too_soon: { status: 429, code: 'TOO_MANY_REQUESTS' },
  sends_exhausted: { status: 429, code: 'TOO_MANY_REQUESTS' },
  limit_exceeded: { status: 429, code: 'TOO_MANY_REQUESTS' },
  recipient_blocked: { status: 429, code: 'TOO_MANY_REQUESTS' },
  recipient_disabled: { status: 403, code: 'FORBIDDEN' },
  idempotency_key_reused: { status: 409, code: 'INVALID_REQUEST' },
  conflict: { status: 409, code: 'INVALID_REQUEST' },
  insufficient_balance: { status: 402, code: 'INSUFFICIENT_BALANCE' },
  spending_cap_reached: { status: 402, code: 'INSUFFICIENT_BALANCE' },
  fraud_refused: { status: 403, code: 'FORBIDDEN' },
  overloaded: { status: 503, code: 'SERVICE_UNAVAILABLE' },
  internal: { status: 500, code: 'INTERNAL_ERROR' },
} as const satisfies Record<EngineErrorCode, Wire>;

export function writeFault(fault: RequestFault, _request: FastifyRequest, reply: FastifyReply): void {
  const { status, code } = toWire(fault);
  const errors = fault.faults.map(fromFieldFault);
  reply.code(status).send({ errors: errors.length > 0 ? errors : [{ code, description: fault.message }] });
}

function toWire(fault: RequestFault): Wire {
  if (fault.transport) {
    const isUnknownPath = fault.transport === 'path_unknown';
    return {
      status: TRANSPORT_STATUS[fault.transport],
      code: isUnknownPath ? 'NOT_FOUND' : 'INVALID_REQUEST',
    };
  }
  if (fault.details.field === 'webhook') return { status: 400, code: 'INVALID_WEBHOOK' };
  return WIRE[fault.code];
}

function fromFieldFault({ path, message }: FieldFault) {
  return { code: FIELD_CODES[path] ?? 'INVALID_REQUEST', description: `${path || 'The body'} ${message}.` };
}

const FIELD_CODES: Readonly<Partial<Record<string, string>>> = {
  'metadata.to': 'INVALID_PHONE',
  webhook: 'INVALID_WEBHOOK',
};

const ErrorReply = Type.Object(
  { errors: Type.Array(Type.Object({ code: Type.String(), description: Type.String() })) },
  { title: 'Errors' },
);

/** For a route's `response`: every reply that is no success. */
export const errorReplies = { '4xx': ErrorReply, '5xx': ErrorReply } as const;
