import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LABEL_NAMES, METRICS, type MetricDefinition } from './metrics.ts';
import { createTelemetry } from './telemetry.ts';

const definitions = Object.entries<MetricDefinition>(METRICS);
const labelNames: readonly string[] = LABEL_NAMES;
const linesOf = async (telemetry: ReturnType<typeof createTelemetry>) =>
  (await telemetry.expose()).body.split('\n');

test('each metric has help text, our prefix, the suffix of its type, and labels from the closed list', () => {
  for (const [name, { type, help, labels }] of definitions) {
    assert.match(name, /^otpost_[a-z]+(_[a-z]+)*$/);
    assert.match(help, /^[A-Z0-9].{15,}\.$/, name);
    assert.equal(name.endsWith('_total'), type === 'counter', name);
    for (const label of labels) assert(labelNames.includes(label), `${name} ${label}`);
    assert.equal(new Set(labels).size, labels.length, name);
  }
});

test('no label of the closed list names a person, a tenant or a single thing', () => {
  for (const label of LABEL_NAMES) {
    assert.doesNotMatch(
      label,
      /id$|tenant|recipient|address|phone|number|email|subject|key|code|ip$|country/,
    );
  }
});

test('histograms, and only they, have buckets, finite and rising', () => {
  for (const [name, { type, buckets }] of definitions) {
    assert.equal(buckets !== undefined, type === 'histogram', name);
    const rising = [...new Set(buckets)].sort((a, b) => a - b);
    assert.deepEqual(buckets ?? [], rising, name);
    assert(rising.every((bound) => bound > 0 && Number.isFinite(bound)));
  }
});

test('every metric of the table is exposed with its help, before anything was counted', async () => {
  const lines = await linesOf(createTelemetry({ processMetrics: false }));
  for (const [name, { type, help }] of definitions) {
    assert(lines.includes(`# HELP ${name} ${help}`), name);
    assert(lines.includes(`# TYPE ${name} ${type}`), name);
  }
});

test('counts add up, gauges hold the latest value, histograms fill their buckets', async () => {
  const telemetry = createTelemetry({ processMetrics: false });
  const { metrics } = telemetry;
  const labels = { dialect: 'native', route: '/otp/v1/verifications/:id', status: '201' };
  metrics.count('otpost_http_requests_total', labels);
  metrics.count('otpost_http_requests_total', labels, 2);
  metrics.gauge('otpost_outbox_depth', {}, 7);
  metrics.gauge('otpost_outbox_depth', {}, 3);
  metrics.observe('otpost_group_commit_size', {}, 3);
  const lines = await linesOf(telemetry);
  for (const line of [
    'otpost_http_requests_total{dialect="native",route="/otp/v1/verifications/:id",status="201"} 3',
    'otpost_outbox_depth 3',
    'otpost_group_commit_size_bucket{le="2"} 0',
    'otpost_group_commit_size_bucket{le="4"} 1',
    'otpost_group_commit_size_sum 3',
  ]) {
    assert(lines.includes(line), line);
  }
});

test('two registries do not share counts', async () => {
  const first = createTelemetry({ processMetrics: false });
  const second = createTelemetry({ processMetrics: false });
  first.metrics.count('otpost_checks_total', { outcome: 'approved' });
  assert((await linesOf(first)).includes('otpost_checks_total{outcome="approved"} 1'));
  assert(!(await linesOf(second)).some((line) => line.startsWith('otpost_checks_total{')));
});

test('leak: an address, id, code or text that is passed as a label by mistake is counted as other', async () => {
  const telemetry = createTelemetry({ processMetrics: false });
  const mistakes = [
    ...['+14155550123', '14155550123', '0114155550123', '123456', 'user@example.com', '/x/+14155550123'],
    ...['0198c0de-79b0-7000-bfff-ffffffffffff', 'a198c0de-79b0-7000-bfff-ffffffffffff', 'Your code is ready'],
    ...[
      '',
      '"',
      '\n',
      'ünïcode',
      `a${'x'.repeat(80)}`,
      '/otp/v1/verifications/0198c0de-79b0-7000-bfff-000000000000',
    ],
  ];
  for (const carrier of mistakes) telemetry.metrics.gauge('otpost_carrier_up', { carrier }, 1);
  const series = (await linesOf(telemetry)).filter((line) => line.startsWith('otpost_carrier_up{'));
  assert.deepEqual(series, ['otpost_carrier_up{carrier="other"} 1']);
});

test('a label that never stops growing is cut off', async () => {
  const telemetry = createTelemetry({ processMetrics: false });
  for (let i = 0; i < 1_000; i += 1) telemetry.metrics.gauge('otpost_carrier_up', { carrier: `c${i}` }, 1);
  const series = (await linesOf(telemetry)).filter((line) => line.startsWith('otpost_carrier_up{'));
  assert.equal(series.length, 201);
  telemetry.metrics.gauge('otpost_carrier_up', { carrier: 'c0' }, 0);
  assert((await linesOf(telemetry)).includes('otpost_carrier_up{carrier="c0"} 0'));
});

test('the process shows its memory and CPU when asked to', async () => {
  const body = (await createTelemetry({ processMetrics: true }).expose()).body;
  assert.match(body, /^process_resident_memory_bytes \d+$/m);
  assert.match(body, /^process_cpu_seconds_total /m);
});
