/**
 * Tracing through the OpenTelemetry API. What becomes of the spans is decided by the SDK that the operator registers
 * before the program starts (`node --import`); there is none in here, and no exporter.
 */
import {
  type Span as ApiSpan,
  type Context,
  context,
  defaultTextMapGetter,
  isSpanContextValid,
  propagation,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { OpenSpan, Span, SpanOptions, Tracing } from './tracing.ts';

/** Messages whose last span is kept, about 300 bytes each; a receipt that comes later has the message's id only. */
const REMEMBERED_MAX = 10_000;
const UNNAMED_FAULT = 'internal';
const KINDS: Readonly<Record<NonNullable<SpanOptions['kind']>, SpanKind>> = {
  internal: SpanKind.INTERNAL,
  client: SpanKind.CLIENT,
};

/**
 * @param isFailure true for what is a fault of the program, false for an answer that the caller has to hear
 * @returns undefined where no SDK is registered, or one for another version of the API
 */
export function createOpenTelemetryTracing(isFailure: (error: unknown) => boolean): Tracing | undefined {
  const tracer = trace.getTracer('otpost');
  if (!isSpanContextValid(tracer.startSpan('otpost.start').spanContext())) return undefined;
  return createTracing(tracer, isFailure);
}

function createTracing(tracer: Tracer, isFailure: (error: unknown) => boolean): Tracing {
  const memory = new SpanMemory();
  return {
    isOn: true,
    run(name, attributes, work, { kind = 'internal', isRoot = false } = {}) {
      const parent = context.active();
      const span = tracer.startSpan(name, { kind: KINDS[kind], attributes, root: isRoot }, parent);
      return context.with(trace.setSpan(parent, span), async () => {
        try {
          return await work(toSpan(span, memory));
        } catch (error) {
          span.setAttribute('otpost.error', codeOf(error));
          if (isFailure(error)) span.setStatus({ code: SpanStatusCode.ERROR });
          throw error;
        } finally {
          span.end();
        }
      });
    },
    openRequest(name, headers) {
      const parent = propagation.extract(context.active(), headers, defaultTextMapGetter);
      const span = tracer.startSpan(name, { kind: SpanKind.SERVER }, parent);
      return toOpenSpan(span, memory, trace.setSpan(parent, span));
    },
  };
}

function toSpan(span: ApiSpan, memory: SpanMemory): Span {
  return {
    set: (attributes) => void span.setAttributes(attributes),
    about(messageId) {
      span.setAttribute('otpost.message.id', messageId);
      memory.tie(span, messageId);
    },
  };
}

function toOpenSpan(span: ApiSpan, memory: SpanMemory, within: Context): OpenSpan {
  return {
    ...toSpan(span, memory),
    enter: (work) => context.with(within, work),
    end(isFailed) {
      if (isFailed) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    },
  };
}

/** A code of ours or of the system. The texts of errors may quote what they are about. */
function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : UNNAMED_FAULT;
}

/** The last span about each message, the oldest forgotten first. */
class SpanMemory {
  readonly #spans = new Map<string, SpanContext>();

  tie(span: ApiSpan, messageId: string): void {
    const own = span.spanContext();
    const before = this.#spans.get(messageId);
    if (before && before.traceId !== own.traceId) span.addLink({ context: before });
    this.#spans.delete(messageId);
    this.#spans.set(messageId, own);
    if (this.#spans.size <= REMEMBERED_MAX) return;
    const [oldest] = this.#spans.keys();
    if (oldest !== undefined) this.#spans.delete(oldest);
  }
}
