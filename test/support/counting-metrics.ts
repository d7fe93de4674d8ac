/** Metrics that a test can read: counters by name and label values, gauges by their last value. */
import type { Metrics } from '../../src/lib/metrics.ts';

export interface CountingMetrics extends Metrics {
  /** As `name{a,b}`, with the labels' values in the order of their names. */
  readonly values: ReadonlyMap<string, number>;
  /** 0 for what was never counted. */
  valueOf(name: string, ...labels: readonly string[]): number;
}

export function createCountingMetrics(): CountingMetrics {
  const values = new Map<string, number>();
  const keyOf = (name: string, labels: Readonly<Record<string, string>>) => {
    const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
    return `${name}{${sorted.map(([, value]) => value).join()}}`;
  };
  return {
    values,
    valueOf: (name, ...labels) => values.get(`${name}{${labels.join()}}`) ?? 0,
    count(name, labels, by = 1) {
      const key = keyOf(name, labels);
      values.set(key, (values.get(key) ?? 0) + by);
    },
    gauge: (name, labels, value) => void values.set(keyOf(name, labels), value),
    observe() {},
  };
}
