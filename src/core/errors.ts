/**
 * The closed union of what the engine tells a caller who cannot be served. A dialect translates each code into its
 * vendor's words in a total table; nothing here knows an HTTP status. Expected alternatives (a wrong code, a
 * refused submit) are returned as outcomes and do not pass through here.
 */
export type EngineErrorCode =
  | 'unauthenticated'
  | 'scope_missing'
  | 'credentials_limited'
  | 'invalid_request'
  | 'invalid_phone_number'
  | 'invalid_email_address'
  | 'destination_unsupported'
  | 'channel_unavailable'
  | 'invalid_sender'
  | 'invalid_template'
  | 'template_not_found'
  | 'message_too_long'
  | 'not_found'
  | 'verification_settled'
  | 'verification_pending'
  | 'send_too_soon'
  | 'sends_exhausted'
  | 'limit_exceeded'
  | 'recipient_blocked'
  | 'recipient_disabled'
  | 'idempotency_key_reused'
  | 'conflict'
  | 'insufficient_balance'
  | 'spending_cap_reached'
  | 'fraud_refused'
  | 'overloaded'
  | 'internal';

export interface EngineErrorDetails {
  /** The name of the offending field in engine words, e.g. `ttlSeconds`. */
  readonly field?: string;
  /** Whole seconds after which the same call may succeed. */
  readonly retryAfterSeconds?: number;
  /** The name of the limit that was hit, e.g. `sends-per-recipient-10m`. */
  readonly limit?: string;
}

/** `message` is safe to show to the caller: it never holds an address, a code or a credential. */
export class EngineError extends Error {
  readonly code: EngineErrorCode;
  readonly details: EngineErrorDetails;

  constructor(
    code: EngineErrorCode,
    message: string,
    details: EngineErrorDetails = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'EngineError';
    this.code = code;
    this.details = details;
  }
}
