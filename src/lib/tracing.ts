/**
 * What the program says of its own course, as spans of a trace: from a request to the carrier and its receipt. Here are
 * the words and the tracing that does nothing; `open-telemetry.ts` is the other one, loaded only where it is wanted.
 */

/** Closed, so that no address, code or text of a caller finds a name to go under. */
export const SPAN_NAMES = [
  'carrier.submit',
  'message.dispatch',
  'receipt.record',
  'store.transaction',
  'webhook.post',
] as const;
export type SpanName = (typeof SPAN_NAMES)[number] | `engine.${string}`;

/** Ids of ours, names from code or configuration, and words for outcomes. */
export const ATTRIBUTE_NAMES = [
  'http.request.method',
  'http.response.status_code',
  'http.route',
  'otpost.carrier',
  'otpost.channel',
  'otpost.dialect',
  'otpost.endpoint.id',
  'otpost.error',
  'otpost.event.type',
  'otpost.key.id',
  'otpost.message.id',
  'otpost.outcome',
  'otpost.request.id',
  'otpost.tenant.id',
  'otpost.verification.id',
] as const;
export type SpanAttributes = Readonly<Partial<Record<(typeof ATTRIBUTE_NAMES)[number], string | number>>>;

export interface Span {
  set(attributes: SpanAttributes): void;
  /**
   * Names the message that the span is about, and ties it to the last span of another trace that was about the same
   * one: a message that waited goes on in a new trace, and its receipt comes in one of its own.
   */
  about(messageId: string): void;
}

/** For what begins in one hook and ends in another. */
export interface OpenSpan extends Span {
  /** What `work` begins, now or later, is below this span. */
  enter(work: () => void): void;
  end(isFailed: boolean): void;
}

export interface SpanOptions {
  /** A `client` calls somebody else's machine. */
  readonly kind?: 'internal' | 'client';
  /** True: begins a trace of its own, whatever is going on around it. */
  readonly isRoot?: boolean;
}

export interface Tracing {
  /** False: nothing of this is worth preparing. */
  readonly isOn: boolean;
  /** Runs `work` in a span. What it rejects with marks the span by its code, never its text, and goes on. */
  run<T>(
    name: SpanName,
    attributes: SpanAttributes,
    work: (span: Span) => Promise<T>,
    options?: SpanOptions,
  ): Promise<T>;
  /** A request from outside, in the caller's own trace where its headers name one. */
  openRequest(name: string, headers: Readonly<Record<string, unknown>>): OpenSpan;
}

const NO_SPAN: OpenSpan = {
  set() {},
  about() {},
  enter: (work) => work(),
  end() {},
};

export const noTracing: Tracing = {
  isOn: false,
  run: (_name, _attributes, work) => work(NO_SPAN),
  openRequest: () => NO_SPAN,
};
