/**
 * How a request can end without an answer. The two classes are the difference that matters to a sender: after the first the
 * message is certainly not with the peer, after the second it may be.
 */

export type NotSentReason = 'queue-full' | 'closed' | 'unbinding' | 'aborted';
export type OutcomeUnknownReason = 'no-response' | 'disconnected' | 'malformed-response' | 'aborted';

/** The request was never written: repeating it is safe. */
export class SmppNotSentError extends Error {
  override readonly name = 'SmppNotSentError';
  readonly reason: NotSentReason;

  constructor(reason: NotSentReason) {
    super(`the request was not sent: ${reason}`);
    this.reason = reason;
  }
}

/** The request was written and no readable answer came: the peer may have carried it out. */
export class SmppOutcomeUnknownError extends Error {
  override readonly name = 'SmppOutcomeUnknownError';
  readonly reason: OutcomeUnknownReason;

  constructor(reason: OutcomeUnknownReason) {
    super(`the outcome of the request is unknown: ${reason}`);
    this.reason = reason;
  }
}
