/** Alerts and dashboard speak of metrics that there are, every metric is set somewhere, and every alert is explained. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { METRICS, type MetricDefinition } from '../../src/lib/metrics.ts';
import { createTelemetry } from '../../src/lib/telemetry.ts';

const ROOT = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, ROOT), 'utf8');

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string };
}
const { groups } = parse(read('deploy/prometheus/alerts.yaml')) as { groups: { rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}
const dashboard = JSON.parse(read('deploy/grafana/otpost.json')) as { readonly panels: readonly Panel[] };
const questions = dashboard.panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => ({ title, expr })),
);

/** `up` is Prometheus' own. */
const OF_OTHERS = ['up'];

/** Every name of a series in the question: a word with an underscore before a brace, a bracket, an operator or the end. */
function seriesIn(expr: string): readonly string[] {
  const bare = expr.replaceAll(/"[^"]*"/g, '""').replaceAll(/\b(by|on|without)\s*\([^)]*\)/g, ' ');
  const outsideBraces = bare.replaceAll(/\{[^}]*\}/g, '{}');
  return [...outsideBraces.matchAll(/\b[a-z][a-z0-9_]*\b(?!\s*\()/g)]
    .map(([word]) => word)
    .filter((word) => word.includes('_') || word === 'up');
}

async function knownSeries(): Promise<ReadonlySet<string>> {
  const { body } = await createTelemetry({ processMetrics: true }).expose();
  const ofProcess = [...body.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name ?? '');
  const ours = Object.entries<MetricDefinition>(METRICS).flatMap(([name, { type }]) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name],
  );
  const histograms = Object.entries<MetricDefinition>(METRICS).filter(([, { type }]) => type === 'histogram');
  const bare = new Set(histograms.map(([name]) => name));
  return new Set([...OF_OTHERS, ...ours, ...ofProcess.filter((name) => !bare.has(name))]);
}

test('alerts and panels name series that a server has', async () => {
  const known = await knownSeries();
  const asked = [...rules.map(({ alert, expr }) => ({ title: alert, expr })), ...questions];
  assert.ok(asked.length > 30);
  for (const { title, expr } of asked) {
    const series = seriesIn(expr);
    assert.ok(series.length > 0, title);
    for (const name of series) assert.ok(known.has(name), `${title}: ${name}`);
  }
});

test('alerts and panels use the labels that the metric has', () => {
  const asked = [...rules.map(({ alert, expr }) => ({ title: alert, expr })), ...questions];
  for (const { title, expr } of asked) {
    for (const [, series = '', matchers = ''] of expr.matchAll(/(otpost_\w+)\{([^}]*)\}/g)) {
      const labels = labelsOf(series);
      for (const [, label = ''] of matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g))
        assert.ok([...labels, 'instance', 'job'].includes(label), `${title}: ${series} has no ${label}`);
    }
  }
});

function labelsOf(series: string): readonly string[] {
  const definitions: Readonly<Record<string, MetricDefinition>> = METRICS;
  const found = definitions[series] ?? definitions[series.replace(/_(bucket|count|sum)$/, '')];
  assert(found, series);
  return found.labels;
}

test('every metric is on the dashboard or in an alert', () => {
  const text = [...rules, ...questions].map(({ expr }) => expr).join('\n');
  for (const name of Object.keys(METRICS)) assert.match(text, new RegExp(`\\b${name}(_bucket|_count)?\\b`));
});

test('every metric is set somewhere in the program', () => {
  const sources = globSync('src/**/*.ts', { cwd: ROOT.pathname })
    .filter((path) => !path.endsWith('.test.ts'))
    .map(read)
    .join('\n');
  for (const [name, { type }] of Object.entries<MetricDefinition>(METRICS)) {
    const verb = { counter: 'count', gauge: 'gauge', histogram: 'observe' }[type];
    assert.match(sources, new RegExp(`\\.${verb}\\(\\s*'${name}'`), name);
  }
});

test('every alert says how urgent it is and has its section in "What to do at night"', () => {
  const [, night = ''] = read('docs/operating.md').split('\n## What to do at night\n');
  const [section = ''] = night.split('\n## ');
  const explained = [...section.matchAll(/^### (\w+)$/gm)].map(([, name]) => name);
  assert.deepEqual(
    explained,
    rules.map(({ alert }) => alert),
  );
  for (const { alert, labels, annotations } of rules) {
    assert.match(labels.severity, /^(page|ticket)$/, alert);
    assert.ok(annotations.summary.length > 10, alert);
    const [, text = ''] = section.split(`\n### ${alert}\n`);
    const [own = ''] = text.split('\n### ');
    for (const part of ['Means', 'Look', 'Do'])
      assert.match(own, new RegExp(`^\\*\\*${part}\\.\\*\\* `, 'm'), alert);
  }
});
