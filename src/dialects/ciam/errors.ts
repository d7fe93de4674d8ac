/**
 * How CIAM says that a request was not served: a number of its own list, a message, and what it takes to find the
 * request again. Where the vendor has no number, the HTTP status stands for it; its own have five digits or six.
 */
import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { EngineErrorCode } from '../../core/errors.ts';
import type { CheckOutcomeKind } from '../../core/verification.ts';
import { type FieldFault, type RequestFault, TRANSPORT_STATUS } from '../../http/request-fault.ts';
import { type Clock, toDottedUtc } from '../../lib/time.ts';
import { parseUuid } from '../../lib/uuid.ts';

interface Wire {
  readonly status: number;
  /** Absent: the status. */
  readonly code?: string;
  /** Absent: ours, which says more. */
  readonly message?: string;
}

const wire = (status: number, code: string, message?: string): Wire => ({
  status,
  code,
  ...(message !== undefined && { message }),
});

const INVALID_AUTH_ID = wire(400, '10007', 'Invalid authId, please request a new OTP');
const LOCKED_OUT = wire(403, '10027', 'The user is locked out');
const INVALID_PHONE = wire(400, '100001', 'Phone number is invalid');
const INVALID_OTP_FORM = wire(400, '10009', 'OTP must be six digits');
const VALIDATION = wire(400, '10005');

const WIRE = {
  unauthenticated: wire(401, '10002', 'Invalid token or client'),
  scope_missing: { status: 403 },
  credentials_limited: { status: 429 },
  invalid_request: VALIDATION,
  invalid_phone_number: INVALID_PHONE,
  invalid_email_address: VALIDATION,
  destination_unsupported: INVALID_PHONE,
  channel_unavailable: { status: 422 },
  invalid_sender: VALIDATION,
  invalid_template: { status: 422 },
  template_not_found: wire(404, '10011', 'Template not found'),
  message_too_long: { status: 422 },
  not_found: INVALID_AUTH_ID,
  verification_settled: INVALID_AUTH_ID,
  verification_pending: { status: 429 },
  send_too_soon: { status: 429 },
  sends_exhausted: { status: 429 },
  limit_exceeded: { status: 429 },
  recipient_blocked: LOCKED_OUT,
  recipient_disabled: LOCKED_OUT,
  idempotency_key_reused: { status: 409 },
  conflict: { status: 409 },
  insufficient_balance: { status: 402 },
  spending_cap_reached: { status: 402 },
  fraud_refused: { status: 403 },
  overloaded: { status: 503 },
  internal: wire(500, '10015'),
} as const satisfies Record<EngineErrorCode, Wire>;

/** By the engine's code and the field that it names, where one code has several numbers here. */
const WIRE_OF_FIELD: Readonly<Partial<Record<string, Wire>>> = {
  'unauthenticated.exp': wire(401, '10001', 'Access token expired'),
  'invalid_request.code': INVALID_OTP_FORM,
  'invalid_request.authorization': wire(400, '10029'),
  'not_found.subject': wire(404, '10003', 'User not found'),
  'not_found.device': wire(404, '10006'),
  'not_found.name': wire(404, '10050', 'Device name not found'),
  'conflict.name': wire(400, '10010', 'Device name exists'),
  'conflict.status': INVALID_AUTH_ID,
};

const WIRE_OF_PATH: Readonly<Partial<Record<string, Wire>>> = {
  grant_type: wire(400, '10028'),
  client_id: wire(400, '10030'),
  client_secret: wire(400, '10031'),
  phoneNumber: INVALID_PHONE,
  otp: INVALID_OTP_FORM,
};

const WIRE_OF_OUTCOME = {
  incorrect: wire(400, '10008', 'Incorrect OTP'),
  expired: INVALID_AUTH_ID,
  settled: INVALID_AUTH_ID,
  locked: wire(400, '10026', 'Too many unsuccessful attempts, please request a new OTP'),
} as const satisfies Record<Exclude<CheckOutcomeKind, 'approved'>, Wire>;

export function writeFault(
  fault: RequestFault,
  request: FastifyRequest,
  reply: FastifyReply,
  clock: Clock,
): void {
  write(toWire(fault), fault.message, { request, reply, clock });
}

/** What came of a check, when it was not approved. */
export function writeOutcome(outcome: Exclude<CheckOutcomeKind, 'approved'>, to: Target): FastifyReply {
  return write(WIRE_OF_OUTCOME[outcome], outcome, to);
}

interface Target {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly clock: Clock;
}

function write(
  { status, code = String(status), message }: Wire,
  otherwise: string,
  { request, reply, clock }: Target,
): FastifyReply {
  return reply.code(status).send({
    code,
    message: message ?? otherwise,
    traceId: toTraceId(request.id),
    timestamp: toDottedUtc(clock()),
  });
}

function toWire(fault: RequestFault): Wire {
  const { code, transport, details } = fault;
  if (transport) {
    const status = TRANSPORT_STATUS[transport];
    return status === 400 ? VALIDATION : { status };
  }
  const [first] = fault.faults;
  if (first) return fromFieldFault(first);
  const ofField = details.field === undefined ? undefined : WIRE_OF_FIELD[`${code}.${details.field}`];
  return ofField ?? WIRE[code];
}

function fromFieldFault({ path }: FieldFault): Wire {
  return WIRE_OF_PATH[path] ?? VALIDATION;
}

/** 32 hexadecimal digits that belong to `x-request-id`: the id itself where it is a UUID, else made from it. */
export function toTraceId(requestId: string): string {
  const uuid = parseUuid(requestId);
  if (uuid !== undefined) return uuid.replaceAll('-', '');
  return createHash('sha256').update(requestId).digest('hex').slice(0, 32);
}

const ErrorReply = Type.Object(
  { code: Type.String(), message: Type.String(), traceId: Type.String(), timestamp: Type.String() },
  { title: 'Error' },
);

/** For a route's `response`: every reply that is no success. */
export const errorReplies = { '4xx': ErrorReply, '5xx': ErrorReply } as const;
