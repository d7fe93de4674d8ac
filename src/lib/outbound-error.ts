/** How an outbound request fails, in the words that its callers decide by. It carries no URL, header or body. */

export type OutboundReason =
  /** The host is, or resolved only to, addresses that may not be reached. */
  | 'refused-address'
  /** Scheme, user info, port, length or form of the URL is not allowed. */
  | 'refused-url'
  | 'dns'
  | 'connect'
  | 'tls'
  /** The deadline passed before the reply's status line. */
  | 'timeout-before-response'
  /** The deadline passed while the reply's body came in. */
  | 'timeout'
  | 'reply-too-large'
  /** The caller's signal aborted, or the client was disposed of. */
  | 'aborted'
  /** The connection broke, or the peer did not speak HTTP. */
  | 'network';

/**
 * `requestSent` false means that the peer has certainly not seen the request; true means that it may have seen it,
 * or part of it, so the outcome is unknown.
 */
export class OutboundError extends Error {
  override readonly name = 'OutboundError';
  readonly reason: OutboundReason;
  readonly requestSent: boolean;

  constructor(reason: OutboundReason, requestSent: boolean, cause?: unknown) {
    super(`outbound request: ${reason}`, cause === undefined ? undefined : { cause });
    this.reason = reason;
    this.requestSent = requestSent;
  }
}

// What the operating system says when no connection came about; anything else before the request on a TLS
// connection came from its handshake.
const CONNECT_CODES: ReadonlySet<unknown> = new Set([
  ...['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'ETIMEDOUT', 'EADDRNOTAVAIL'],
  ...['EACCES', 'EPERM', 'EMFILE', 'ENFILE', 'EINVAL'],
  ...['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_MAX_ORIGINS_REACHED'],
]);

/** Names an error that the HTTP client reported. */
export function toOutboundError(error: unknown, requestSent: boolean, isHttps: boolean): OutboundError {
  if (error instanceof OutboundError) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return new OutboundError('reply-too-large', true, error);
  if (code === 'UND_ERR_DESTROYED' || code === 'UND_ERR_CLOSED') {
    return new OutboundError('aborted', requestSent, error);
  }
  if (code === 'UND_ERR_INVALID_ARG') return new OutboundError('refused-url', false, error);
  if (requestSent) return new OutboundError('network', true, error);
  return new OutboundError(isHttps && !CONNECT_CODES.has(code) ? 'tls' : 'connect', false, error);
}
