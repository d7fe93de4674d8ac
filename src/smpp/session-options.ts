/**
 * What a session is given and what it gives: options with their defaults, handlers, counts, the reasons of its end. No behaviour.
 */
import type { Pdu } from './pdu.ts';
import { PDU_OCTETS_MAX } from './pdu.ts';
import type { FieldsOf, RequestName, ResponseName } from './pdu-layouts.ts';
import type { Timers } from './timers.ts';
import { systemTimers } from './timers.ts';
import type { RawTlv, Tlvs } from './tlvs.ts';

/** What a handler answers. Fields that the response does not have are left out. */
export interface Reply {
  readonly status?: number;
  readonly fields?: Partial<
    FieldsOf<'query_sm_resp'> & FieldsOf<'submit_multi_resp'> & FieldsOf<'bind_transceiver_resp'>
  >;
  readonly tlvs?: Tlvs;
  readonly otherTlvs?: readonly RawTlv[];
}

export type IncomingRequest = Pdu<
  Exclude<RequestName, 'enquire_link' | 'unbind'> | 'alert_notification' | 'outbind'
>;

/**
 * Answers a request of the peer; the response goes out when it resolves. `undefined` answers nothing. A fault is answered with a
 * temporary error, so that the peer sends again.
 */
export type RequestHandler = (request: IncomingRequest) => Reply | undefined | Promise<Reply | undefined>;

export interface SmppSessionOptions {
  /** Absent: every request is answered as unknown. */
  readonly onRequest?: RequestHandler;
  /** A response that answers nothing in flight: late, duplicate, or never asked for. */
  readonly onUnmatchedResponse?: (response: Pdu) => void;
  /** A handler's exception, for the log. */
  readonly onFault?: (error: unknown) => void;
  readonly window?: number;
  readonly queueMax?: number;
  readonly responseTimeoutMs?: number;
  /** Silence after which the link is checked; 0 never checks. */
  readonly enquireLinkIntervalMs?: number;
  /** Handlers that may run at once before reading pauses. */
  readonly incomingMax?: number;
  readonly pduOctetsMax?: number;
  readonly timers?: Timers;
}

export type SessionSettings = SmppSessionOptions &
  Required<
    Pick<
      SmppSessionOptions,
      | 'window'
      | 'queueMax'
      | 'responseTimeoutMs'
      | 'enquireLinkIntervalMs'
      | 'incomingMax'
      | 'pduOctetsMax'
      | 'timers'
    >
  >;

const DEFAULTS = {
  /** Ten in flight hide a round trip of 10 ms at 1,000 messages a second, and are what most operators allow. */
  window: 10,
  queueMax: 1_000,
  responseTimeoutMs: 10_000,
  enquireLinkIntervalMs: 30_000,
  incomingMax: 50,
  pduOctetsMax: PDU_OCTETS_MAX,
  timers: systemTimers,
};

/** The options with defaults in place of what is absent or undefined. */
export function toSettings(options: SmppSessionOptions): SessionSettings {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  return { ...DEFAULTS, ...given };
}

export type CloseReason =
  | 'unbound'
  | 'peer-unbound'
  | 'peer-closed'
  | 'connection-error'
  | 'link-dead'
  | 'framing-lost'
  | 'too-many-faults'
  | 'closed';

export interface SessionCounts {
  pdusReceived: number;
  pdusSent: number;
  responsesUnmatched: number;
  responsesOutOfOrder: number;
  nacksReceived: number;
  decodeErrors: number;
  handlerFaults: number;
}

export interface RequestOptions<C extends RequestName> {
  readonly fields?: Partial<FieldsOf<C>>;
  readonly tlvs?: Tlvs;
  readonly otherTlvs?: readonly RawTlv[];
  readonly responseTimeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** A generic_nack's status is never 0: one that says so is read as ESME_RUNKNOWNERR. */
export type ResponseTo<C extends RequestName> = Pdu<ResponseName<C>> | Pdu<'generic_nack'>;
