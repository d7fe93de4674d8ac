/**
 * A carrier that submits each message as one HTTP request. What differs between aggregators (the request, the meaning
 * of its reply, the receipts) is given; pacing, failures, health and end are the same for all and are here.
 */
import type { MessageChannel } from '../../core/channel.ts';
import type { SubmitOutcome } from '../../core/delivery.ts';
import type { ReceiptReading, ReceiptRequest, ReceiptSource } from '../../engine/ports/receipt-source.ts';
import type { Carrier, OutboundMessage } from '../../engine/ports.ts';
import { OutboundError } from '../../lib/outbound-error.ts';
import type { OutboundReply, OutboundRequest } from '../../lib/outbound-request.ts';
import { parseRetryAfter } from '../../lib/retry-after.ts';
import type { CarrierDeps } from '../carrier-kind.ts';
import { createHealthKeeper } from './carrier-health.ts';
import { parseJson } from './json-value.ts';
import { createPacer } from './pacer.ts';
import { verdictOfFailure } from './request-failure.ts';
import type { TrafficSettings } from './settings.ts';
import { toOutcome, type Verdict } from './verdict.ts';

export interface HttpCarrierOptions {
  readonly id: string;
  readonly kind: string;
  readonly channels: readonly MessageChannel[];
  readonly traffic: TrafficSettings;
  readonly deps: CarrierDeps;
  readonly api: AggregatorApi;
}

/** What an aggregator's documentation says, as three functions without side effects. */
export interface AggregatorApi {
  /** The request, or why there can be none: then nothing is sent, and this carrier is never the right one. */
  prepare(message: OutboundMessage): Preparation;
  readReply(reply: AggregatorReply, prepared: PreparedRequest): Verdict;
  readReceipts(request: ReceiptRequest): ReceiptReading;
}

export type Preparation = PreparedRequest | { readonly kind: 'impossible'; readonly reason: string };

export interface PreparedRequest
  extends Pick<OutboundRequest, 'method' | 'url' | 'headers' | 'body' | 'tls'> {
  readonly kind: 'request';
  readonly channel: MessageChannel;
  /** The id that we gave the message, for aggregators that name none. */
  readonly ownId?: string;
}

export interface AggregatorReply extends OutboundReply {
  /** The body as JSON; undefined where it is not. */
  readonly json: unknown;
}

/** Below the dispatcher's own limit of 20 s, so that the reason of a time-out is ours to tell. */
const TIMEOUT_SECONDS = 15;
/** What one origin's connection pool serves at once. */
const CONCURRENT_MAX = 32;

export function createHttpCarrier(options: HttpCarrierOptions): Carrier & ReceiptSource {
  const { id, kind, channels, api, deps } = options;
  const { clock, timers, safeFetch } = deps;
  const {
    messagesPerSecond,
    concurrentMax = CONCURRENT_MAX,
    timeoutSeconds = TIMEOUT_SECONDS,
  } = options.traffic;
  const logger = deps.logger.child({ carrier: id });
  const health = createHealthKeeper(clock);
  const pacer = createPacer({ clock, timers, concurrentMax, messagesPerSecond });
  const closing = new AbortController();

  const exchange = async (prepared: PreparedRequest, signal: AbortSignal): Promise<SubmitOutcome> => {
    const { method, url, headers, body, tls } = prepared;
    const request = { method, url, headers, body, tls, signal };
    try {
      const reply = await safeFetch({ ...request, timeoutMs: timeoutSeconds * 1000, readBody: true });
      const verdict = api.readReply({ ...reply, json: parseJson(reply.body) }, prepared);
      health.record(verdict);
      return toOutcome(verdict, parseRetryAfter(reply.headers['retry-after'], clock()));
    } catch (error) {
      if (!(error instanceof OutboundError)) throw error;
      const verdict = verdictOfFailure(error);
      // Whoever gave up does not say anything about the carrier by it, except where it had been asked.
      if (error.reason !== 'aborted' || error.requestSent) health.record(verdict);
      return toOutcome(verdict);
    }
  };

  const submit = async (message: OutboundMessage, signal: AbortSignal): Promise<SubmitOutcome> => {
    const turn = await pacer.enter(signal);
    if (turn.kind === 'aborted') return refusedForNow('aborted');
    if (turn.kind === 'full') return { ...refusedForNow('rate-limited'), retryAfterMs: turn.retryAfterMs };
    try {
      // Now and not before the wait: validity periods and signatures count from the moment of sending.
      const prepared = api.prepare(message);
      if (prepared.kind === 'impossible') {
        return { kind: 'refused', reason: prepared.reason, permanent: true };
      }
      return await exchange(prepared, signal);
    } finally {
      turn.leave();
    }
  };

  return {
    id,
    kind,
    channels,
    isSimulated: false,
    async submit(message, signal) {
      if (closing.signal.aborted) return refusedForNow('closed');
      if (signal.aborted) return refusedForNow('aborted');
      try {
        return await submit(message, AbortSignal.any([signal, closing.signal]));
      } catch (error) {
        logger.error({ err: error, messageId: message.id }, 'a submit failed unexpectedly');
        return { kind: 'unknown', reason: 'internal-fault' };
      }
    },
    health: () => (closing.signal.aborted ? { state: 'down', detail: 'closed' } : health.current()),
    readReceipts: (request) => (closing.signal.aborted ? { kind: 'closed' } : api.readReceipts(request)),
    async [Symbol.asyncDispose]() {
      closing.abort();
    },
  };
}

function refusedForNow(reason: string): Extract<SubmitOutcome, { kind: 'refused' }> {
  return { kind: 'refused', reason, permanent: false };
}
