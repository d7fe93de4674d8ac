/**
 * How SignalWire says that a request was not served: a list of invalid attributes with 422, or one word that is the
 * name of the status.
 *
 * @see https://developer.signalwire.com/rest/overview/error-codes
 */
import { STATUS_CODES } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { EngineErrorCode } from '../../core/errors.ts';
import { type FieldFault, type RequestFault, TRANSPORT_STATUS } from '../../http/request-fault.ts';

/** RFC 7617 §2. */
const CHALLENGE = 'Basic realm="otpost", charset="UTF-8"';

type Wire = AttributeWire | { readonly status: number };

interface AttributeWire {
  readonly status: 422;
  readonly code: string;
  readonly detail: string;
}

const attribute = (code: string, detail: string): AttributeWire => ({ status: 422, code, detail });

const E164_DETAIL = 'The number must be in E.164 format.';
const SENDER_DETAIL = 'From must be a phone number or an alphanumeric sender';

const WIRE = {
  unauthenticated: { status: 401 },
  scope_missing: { status: 401 },
  credentials_limited: { status: 429 },
  invalid_request: attribute('invalid_parameter', 'The request is invalid'),
  invalid_phone_number: attribute('invalid_to_number', 'To is not a valid phone number'),
  invalid_email_address: attribute('invalid_to_number', 'To is not a valid phone number'),
  destination_unsupported: attribute(
    'destination_number_not_supported',
    'To is a number that is not supported',
  ),
  channel_unavailable: attribute('not_routable', 'To is not routable'),
  invalid_sender: attribute('invalid_from_number', SENDER_DETAIL),
  invalid_template: attribute('invalid_parameter', 'Message contains text that is not allowed'),
  template_not_found: attribute('invalid_parameter', 'Message is invalid'),
  message_too_long: attribute('message_length_exceeds_limit', 'Message is too long'),
  not_found: { status: 404 },
  verification_settled: { status: 404 },
  verification_pending: { status: 429 },
  send_too_soon: { status: 429 },
  sends_exhausted: { status: 429 },
  limit_exceeded: { status: 429 },
  recipient_blocked: { status: 429 },
  recipient_disabled: { status: 403 },
  idempotency_key_reused: attribute('invalid_parameter', 'Idempotency key was used for another request'),
  conflict: { status: 409 },
  insufficient_balance: attribute('insufficient_balance', 'Insufficient balance'),
  spending_cap_reached: attribute('insufficient_balance', 'Spending cap reached'),
  fraud_refused: { status: 403 },
  overloaded: { status: 503 },
  internal: { status: 500 },
} as const satisfies Record<EngineErrorCode, Wire>;

export function writeFault(fault: RequestFault, _request: FastifyRequest, reply: FastifyReply): void {
  if (fault.code === 'unauthenticated') reply.header('www-authenticate', CHALLENGE);
  const wires = toWires(fault);
  const status = wires[0]?.status ?? 500;
  const errors = wires.flatMap((wire) => ('code' in wire ? [toEntry(wire)] : []));
  reply.code(status).send(errors.length > 0 ? { errors } : { error: STATUS_CODES[status] });
}

function toWires(fault: RequestFault): readonly Wire[] {
  if (fault.transport) return [{ status: TRANSPORT_STATUS[fault.transport] }];
  // A body that is no object has no attributes.
  if (fault.faults.some(({ path }) => path === '')) return [{ status: 400 }];
  if (fault.faults.length > 0) return fault.faults.map(fromFieldFault);
  return [WIRE[fault.code]];
}

function toEntry({ detail, status, code }: AttributeWire) {
  return { detail, status: String(status), title: 'Invalid Attribute', code };
}

function fromFieldFault({ path, rule, limit, message }: FieldFault): AttributeWire {
  const name = humanise(path);
  const invalid = (text: string) => attribute('invalid_parameter', `${name} ${text}`);
  switch (rule) {
    case 'required':
      return attribute('missing_required_parameter', `${name} can't be blank`);
    case 'pattern':
      return path === 'to'
        ? attribute('not_e164', E164_DETAIL)
        : attribute('invalid_from_number', SENDER_DETAIL);
    case 'minimum':
      return invalid(`must be greater than or equal to ${limit}`);
    case 'maximum':
      return invalid(`must be less than or equal to ${limit}`);
    case 'maxLength':
      return attribute(
        'message_length_exceeds_limit',
        `${name} is too long (maximum is ${limit} characters)`,
      );
    case 'type':
      if (limit === 'integer') return invalid('must be an integer');
      if (limit === 'boolean') return attribute('not_a_boolean', `${name} must be a boolean`);
      return attribute('not_a_string', `${name} must be a string`);
    default:
      return invalid(message);
  }
}

/** `token_length` → `Token length`, as the vendor's framework writes attributes. */
function humanise(name: string): string {
  const words = name.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const StatusReply = Type.Object({ error: Type.String() }, { title: 'StatusCode' });
const ValidationReply = Type.Object(
  {
    errors: Type.Array(
      Type.Object({
        detail: Type.String(),
        status: Type.String(),
        title: Type.String(),
        code: Type.String(),
      }),
    ),
  },
  { title: 'ValidationError' },
);

/** For a route's `response`: every reply that is no success. */
export const errorReplies = { 422: ValidationReply, '4xx': StatusReply, '5xx': StatusReply } as const;
