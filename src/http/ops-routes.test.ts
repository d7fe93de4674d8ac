import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestServer } from '../../test/support/http-server.ts';
import { addOpsRoutes, type ReadinessCheck } from './ops-routes.ts';

function serve(checks: readonly ReadinessCheck[]) {
  const server = createTestServer();
  addOpsRoutes(server.app, { checks, telemetry: server.telemetry });
  return server;
}

const ok = async () => undefined;

test('the process is alive as long as it answers', async () => {
  const { app } = serve([]);
  assert.equal((await app.inject('/healthz')).body, '{"status":"alive"}');
});

test('ready means that what is required works; the rest is reported', async () => {
  const { app } = serve([
    { name: 'store', isRequired: true, probe: ok },
    { name: 'carrier:main', isRequired: false, probe: async () => 'unbound' },
  ]);
  const reply = await app.inject('/readyz');
  assert.equal(reply.statusCode, 200);
  assert.deepEqual(reply.json(), {
    status: 'ready',
    checks: [
      { name: 'store', status: 'ok' },
      { name: 'carrier:main', status: 'degraded', detail: 'unbound' },
    ],
  });
});

test('a required part that fails makes the server unready, and its error is not quoted', async () => {
  const fault = Object.assign(new Error('connect ECONNREFUSED 10.1.2.3:5432'), { code: 'ECONNREFUSED' });
  const { app } = serve([
    { name: 'store', isRequired: true, probe: () => Promise.reject(fault) },
    { name: 'other', isRequired: true, probe: () => Promise.reject(new Error('10.1.2.3')) },
  ]);
  const reply = await app.inject('/readyz');
  assert.equal(reply.statusCode, 503);
  assert.deepEqual(
    reply.json().checks.map((check: { detail: string }) => check.detail),
    ['ECONNREFUSED', 'not reachable'],
  );
});

test('metrics are Prometheus text, and monitors do not fill the log', async () => {
  const { app, logger } = serve([]);
  await app.inject('/healthz');
  const reply = await app.inject('/metrics');
  assert.match(String(reply.headers['content-type']), /^text\/plain/);
  assert.match(reply.body, /otpost_http_requests_total\{dialect="none",route="\/healthz",status="200"\} 1/);
  assert.ok(logger.lines.every(({ level }) => level === 'debug'));
});
