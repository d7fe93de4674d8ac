/** A tracer for tests: keeps every span, and carries the active one through awaits as an SDK would. */
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Attributes,
  type Context,
  context,
  type Link,
  propagation,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  type SpanOptions,
  type TextMapPropagator,
  TraceFlags,
  trace,
} from '@opentelemetry/api';

export interface RecordedSpan {
  name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string | undefined;
  readonly attributes: Record<string, unknown>;
  readonly links: string[];
  isFailed: boolean;
  isEnded: boolean;
}

/** Registers itself for this process, which is once per test file. */
export function registerRecordingTracer(): readonly RecordedSpan[] {
  const spans: RecordedSpan[] = [];
  const active = new AsyncLocalStorage<Context>();
  context.setGlobalContextManager({
    active: () => active.getStore() ?? ROOT_CONTEXT,
    with: (within, work, self, ...parameters) => active.run(within, () => work.apply(self, parameters)),
    bind: (_within, target) => target,
    enable() {
      return this;
    },
    disable() {
      return this;
    },
  });
  propagation.setGlobalPropagator(TRACE_PARENT);
  trace.setGlobalTracerProvider({
    getTracer: () => ({
      startSpan: (name, options, within) => startSpan(spans, name, options, within ?? context.active()),
      startActiveSpan: () => assertUnused(),
    }),
  });
  return spans;
}

function assertUnused(): never {
  throw new Error('not part of what the program uses');
}

function startSpan(
  spans: RecordedSpan[],
  name: string,
  { attributes = {}, root = false }: SpanOptions = {},
  within: Context,
): Span {
  const parent = root ? undefined : trace.getSpanContext(within);
  const own: SpanContext = {
    traceId: parent?.traceId ?? (spans.length + 1).toString(16).padStart(32, 'a'),
    spanId: (spans.length + 1).toString(16).padStart(16, 'b'),
    traceFlags: TraceFlags.SAMPLED,
  };
  const record: RecordedSpan = {
    ...{ name, traceId: own.traceId, spanId: own.spanId, parentId: parent?.spanId },
    ...{ attributes: { ...attributes }, links: [], isFailed: false, isEnded: false },
  };
  spans.push(record);
  const span: Span = {
    spanContext: () => own,
    isRecording: () => !record.isEnded,
    setAttribute: (key, value) => span.setAttributes({ [key]: value }),
    setAttributes(more: Attributes) {
      Object.assign(record.attributes, more);
      return span;
    },
    addLink({ context: linked }: Link) {
      record.links.push(linked.spanId);
      return span;
    },
    addLinks: assertUnused,
    addEvent: assertUnused,
    recordException: assertUnused,
    setStatus() {
      record.isFailed = true;
      return span;
    },
    updateName: assertUnused,
    end() {
      record.isEnded = true;
    },
  };
  return span;
}

/** As much of W3C Trace Context as a test needs. */
const TRACE_PARENT: TextMapPropagator = {
  inject: assertUnused,
  fields: () => ['traceparent'],
  extract(within, carrier, getter) {
    const [, traceId, spanId] = String(getter.get(carrier, 'traceparent') ?? '').split('-');
    if (traceId === undefined || spanId === undefined) return within;
    return trace.setSpanContext(within, { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true });
  },
};
