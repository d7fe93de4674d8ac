/**
 * How Ratio says that a request was not served: a message, the time and a code. Which credential is at fault is told
 * from the request's headers; whether a client of a well-formed id exists is told to nobody.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { EngineErrorCode } from '../../core/errors.ts';
import { type FieldFault, type RequestFault, TRANSPORT_STATUS } from '../../http/request-fault.ts';
import { isSecretWellFormed } from '../../lib/key-secret.ts';
import { type Clock, toIso } from '../../lib/time.ts';
import { parseUuid } from '../../lib/uuid.ts';
import { CLIENT_ID_HEADER, CLIENT_SECRET_HEADER } from './client.ts';

interface Wire {
  readonly status: number;
  readonly code: string;
}

const bad = (code: string): Wire => ({ status: 400, code });

const TOO_MANY = { status: 429, code: 'TOO_MANY_REQUESTS' } as const;
const FORBIDDEN = { status: 403, code: 'FORBIDDEN' } as const;
const NO_BALANCE = { status: 402, code: 'INSUFFICIENT_BALANCE' } as const;

const WIRE = {
  unauthenticated: { status: 401, code: 'NOT_FOUND_CLIENT' },
  scope_missing: FORBIDDEN,
  credentials_limited: TOO_MANY,
  invalid_request: bad('INVALID_BODY'),
  invalid_phone_number: bad('INVALID_PHONE'),
  invalid_email_address: bad('INVALID_EMAIL'),
  destination_unsupported: bad('INVALID_PHONE_COUNTRY_CODE'),
  channel_unavailable: { status: 422, code: 'CHANNEL_UNAVAILABLE' },
  invalid_sender: bad('INVALID_BODY'),
  invalid_template: { status: 422, code: 'INVALID_TEMPLATE' },
  template_not_found: { status: 422, code: 'INVALID_TEMPLATE' },
  message_too_long: { status: 422, code: 'INVALID_TEMPLATE' },
  not_found: bad('INVALID_PHONE_ID'),
  verification_settled: { status: 401, code: 'INVALID_OTP' },
  verification_pending: TOO_MANY,
  send_too_soon: TOO_MANY,
  sends_exhausted: TOO_MANY,
  limit_exceeded: TOO_MANY,
  recipient_blocked: TOO_MANY,
  recipient_disabled: FORBIDDEN,
  idempotency_key_reused: { status: 409, code: 'CONFLICT' },
  conflict: { status: 409, code: 'CONFLICT' },
  insufficient_balance: NO_BALANCE,
  spending_cap_reached: NO_BALANCE,
  fraud_refused: FORBIDDEN,
  overloaded: { status: 503, code: 'SERVICE_UNAVAILABLE' },
  internal: { status: 500, code: 'INTERNAL_ERROR' },
} as const satisfies Record<EngineErrorCode, Wire>;

/** By the engine's code and the field that it names, where one code has several words here. */
const WIRE_OF_FIELD: Readonly<Partial<Record<string, Wire>>> = {
  'unauthenticated.exp': { status: 401, code: 'EXPIRED_AUTHORIZATION' },
  'unauthenticated.authorization': { status: 401, code: 'INVALID_AUTHORIZATION' },
  'invalid_request.code': bad('INVALID_OTP'),
  'destination_unsupported.type': bad('INVALID_PHONE_TYPE'),
  'not_found.emailId': bad('INVALID_EMAIL_ID'),
};

const FIELD_NAMES: Readonly<Partial<Record<string, string>>> = {
  phoneNumber: 'PHONE',
  phoneId: 'PHONE_ID',
  emailAddress: 'EMAIL',
  emailId: 'EMAIL_ID',
  otp: 'OTP',
};

export function writeFault(
  fault: RequestFault,
  request: FastifyRequest,
  reply: FastifyReply,
  clock: Clock,
): void {
  const { status, code } = toWire(fault, request.headers);
  reply.code(status).send({ message: fault.message, createTime: toIso(clock()), code });
}

function toWire(fault: RequestFault, headers: IncomingHttpHeaders): Wire {
  const { code, transport, details } = fault;
  if (transport) return { status: TRANSPORT_STATUS[transport], code: TRANSPORT_CODES[transport] };
  const [first] = fault.faults;
  if (first) return fromFieldFault(first);
  const ofField = details.field === undefined ? undefined : WIRE_OF_FIELD[`${code}.${details.field}`];
  if (ofField) return ofField;
  return code === 'unauthenticated' ? toClientFault(headers) : WIRE[code];
}

const TRANSPORT_CODES = {
  body_unreadable: 'INVALID_BODY',
  body_too_large: 'INVALID_BODY',
  media_type_unsupported: 'INVALID_BODY',
  path_unknown: 'NOT_FOUND_ENDPOINT',
  method_not_allowed: 'NOT_FOUND_ENDPOINT',
} as const satisfies Record<NonNullable<RequestFault['transport']>, string>;

function fromFieldFault({ path, rule }: FieldFault): Wire {
  const name = FIELD_NAMES[path];
  if (name === undefined) return bad('INVALID_BODY');
  return bad(`${rule === 'required' ? 'MISSING' : 'INVALID'}_${name}`);
}

function toClientFault(headers: IncomingHttpHeaders): Wire {
  const of = (code: string): Wire => ({ status: 401, code });
  const id = headers[CLIENT_ID_HEADER];
  const secret = headers[CLIENT_SECRET_HEADER];
  if (!id) return of('MISSING_CLIENT_ID');
  if (parseUuid(id) === undefined) return of('INVALID_CLIENT_ID');
  if (!secret) return of('MISSING_CLIENT_SECRET');
  if (typeof secret !== 'string' || !isSecretWellFormed(secret)) return of('INVALID_CLIENT_SECRET');
  return WIRE.unauthenticated;
}

const ErrorReply = Type.Object(
  { message: Type.String(), createTime: Type.String({ format: 'date-time' }), code: Type.String() },
  { title: 'Error' },
);

/** For a route's `response`: every reply that is no success. */
export const errorReplies = { '4xx': ErrorReply, '5xx': ErrorReply } as const;
