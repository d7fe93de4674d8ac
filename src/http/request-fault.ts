/**
 * Why a request could not be served, in one form whatever raised it. Dialects turn it into their vendor's words; it
 * holds nothing of what the caller sent but names of fields.
 */
import type { EngineErrorCode, EngineErrorDetails } from '../core/errors.ts';

export interface RequestFault {
  readonly code: EngineErrorCode;
  /** Safe to show to the caller. */
  readonly message: string;
  readonly details: EngineErrorDetails;
  /** Set where HTTP itself was used wrongly and a status more exact than that of `code` exists. */
  readonly transport?: TransportFault;
  /** What is wrong with which field, in the order found; bounded. Empty where no schema was broken. */
  readonly faults: readonly FieldFault[];
  /** The methods of a path that was asked with another one, as the `Allow` header wants them. */
  readonly allow?: string;
}

export type TransportFault =
  | 'body_unreadable'
  | 'body_too_large'
  | 'media_type_unsupported'
  | 'path_unknown'
  | 'method_not_allowed';

/** RFC 9110 §15.5 for what the engine has no code for. */
export const TRANSPORT_STATUS: Readonly<Record<TransportFault, number>> = {
  body_unreadable: 400,
  body_too_large: 413,
  media_type_unsupported: 415,
  path_unknown: 404,
  method_not_allowed: 405,
};

export interface FieldFault {
  readonly part: 'body' | 'query' | 'path' | 'headers';
  /** Names joined by dots: `metadata.order`; empty for the whole part. */
  readonly path: string;
  /** The JSON Schema keyword that was broken: `required`, `type`, `maximum`, `additionalProperties` … */
  readonly rule: string;
  /** What the rule demands, where it is one value: the maximum, the type. */
  readonly limit?: string | number;
  /** Goes behind the field's name: `must be >= 30`, `is required`. */
  readonly message: string;
}

/** Thrown by the kit's own routes for paths and methods that nobody serves. */
export class TransportError extends Error {
  readonly transport: TransportFault;
  readonly allow: string | undefined;

  constructor(transport: TransportFault, message: string, allow?: string) {
    super(message);
    this.name = 'TransportError';
    this.transport = transport;
    this.allow = allow;
  }
}
