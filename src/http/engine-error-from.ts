/**
 * Turns whatever a route threw into one fault: engine errors, schema findings, bodies that cannot be read, and what
 * nobody foresaw, which becomes `internal` and tells the caller nothing. It neither logs nor answers.
 */
import { EngineError } from '../core/errors.ts';
import { type SchemaFinding, toFieldFaults } from './field-faults.ts';
import { type FieldFault, type RequestFault, TransportError, type TransportFault } from './request-fault.ts';

/** Fastify's stable error codes for what the caller did. */
const TRANSPORT_BY_CODE: Readonly<Record<string, TransportFault>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'media_type_unsupported',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'body_unreadable',
  FST_ERR_CTP_INVALID_JSON_BODY: 'body_unreadable',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'body_unreadable',
};

const TRANSPORT_MESSAGES: Readonly<Record<TransportFault, string>> = {
  body_unreadable: 'The body could not be read.',
  body_too_large: 'The body is too large.',
  media_type_unsupported: 'The media type of the body is not supported.',
  path_unknown: 'There is nothing at this path.',
  method_not_allowed: 'This path does not take this method.',
};

export function engineErrorFrom(thrown: unknown): RequestFault {
  if (thrown instanceof EngineError) {
    return { code: thrown.code, message: thrown.message, details: thrown.details, faults: [] };
  }
  if (thrown instanceof TransportError) return transportFault(thrown.transport, thrown.allow);
  const { code, statusCode, validation, validationContext } = (thrown ?? {}) as ThrownParts;
  if (Array.isArray(validation)) {
    return schemaFault(toFieldFaults(validation as readonly SchemaFinding[], String(validationContext)));
  }
  const transport = typeof code === 'string' ? TRANSPORT_BY_CODE[code] : undefined;
  if (transport) return transportFault(transport);
  // Parsers mark what the caller did with a 4xx status, for example a body that broke off.
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return transportFault('body_unreadable');
  }
  return { code: 'internal', message: 'Something went wrong on our side.', details: {}, faults: [] };
}

interface ThrownParts {
  readonly code?: unknown;
  readonly statusCode?: unknown;
  readonly validation?: unknown;
  readonly validationContext?: unknown;
}

function transportFault(transport: TransportFault, allow?: string): RequestFault {
  return {
    code: transport === 'path_unknown' ? 'not_found' : 'invalid_request',
    message: TRANSPORT_MESSAGES[transport],
    details: {},
    transport,
    faults: [],
    ...(allow === undefined ? {} : { allow }),
  };
}

function schemaFault(faults: readonly FieldFault[]): RequestFault {
  const first = faults[0];
  const name = first?.path || 'The request';
  return {
    code: 'invalid_request',
    message: `${name} ${first?.message ?? 'is not valid'}.`,
    details: first?.path ? { field: first.path } : {},
    faults,
  };
}
