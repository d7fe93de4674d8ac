/**
 * Keeps the metrics of `metrics.ts` in a registry of its own and prints them for Prometheus. There is no global
 * registry, so that two servers in one process (as in tests) do not count into each other.
 */
import assert from 'node:assert/strict';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { METRICS, type MetricDefinition, type Metrics } from './metrics.ts';

export interface Telemetry {
  readonly metrics: Metrics;
  /** All metrics in the Prometheus text format. */
  expose(): Promise<{ readonly contentType: string; readonly body: string }>;
}

export interface TelemetryOptions {
  /** Memory, CPU, event loop and garbage collection of this process; once per process is enough. */
  readonly processMetrics: boolean;
}

// Every series is kept for the life of the process. Carriers and routes are dozens; hundreds are a mistake.
const VALUES_PER_LABEL_MAX = 200;
const OTHER = 'other';
// Words, route patterns and HTTP statuses. A number in any national or international form, an e-mail address, a
// UUID and free text are none of these; what slips in by mistake is counted as `other`.
const LABEL_VALUE = /^(?:[1-5]\d\d|[A-Za-z/][A-Za-z0-9_./:{}*-]{0,79})$/;
const LOOKS_LIKE_DATA = /\d{6}|[0-9a-f]{8}-[0-9a-f]{4}/i;

type LabelValues = Readonly<Record<string, string>>;

export function createTelemetry({ processMetrics }: TelemetryOptions): Telemetry {
  const registry = new Registry();
  const counters = new Map<string, Counter>();
  const gauges = new Map<string, Gauge>();
  const histograms = new Map<string, Histogram>();
  for (const [name, definition] of Object.entries<MetricDefinition>(METRICS)) {
    const configuration = {
      name,
      help: definition.help,
      labelNames: definition.labels,
      registers: [registry],
    };
    if (definition.type === 'counter') counters.set(name, new Counter(configuration));
    else if (definition.type === 'gauge') gauges.set(name, new Gauge(configuration));
    else histograms.set(name, new Histogram({ ...configuration, buckets: [...(definition.buckets ?? [])] }));
  }
  if (processMetrics) collectDefaultMetrics({ register: registry });

  const guard = createLabelGuard();
  return {
    metrics: {
      count: (name, labels, by = 1) => known(counters, name).inc(guard(labels), by),
      observe: (name, labels, value) => known(histograms, name).observe(guard(labels), value),
      gauge: (name, labels, value) => known(gauges, name).set(guard(labels), value),
    },
    expose: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}

/** Lets through what a label may hold and turns everything else into `other`. */
function createLabelGuard(): (labels: LabelValues) => LabelValues {
  const seen = new Map<string, Set<string>>();
  const guardValue = (name: string, value: string): string => {
    const values = seen.get(name) ?? new Set();
    if (values.has(value)) return value;
    if (values.size >= VALUES_PER_LABEL_MAX || !LABEL_VALUE.test(value) || LOOKS_LIKE_DATA.test(value)) {
      return OTHER;
    }
    seen.set(name, values.add(value));
    return value;
  };
  return (labels) => {
    const safe: Record<string, string> = {};
    for (const name of Object.keys(labels)) safe[name] = guardValue(name, labels[name] ?? OTHER);
    return safe;
  };
}

function known<Metric>(metrics: ReadonlyMap<string, Metric>, name: string): Metric {
  const metric = metrics.get(name);
  assert(metric, `no such metric: ${name}`);
  return metric;
}
