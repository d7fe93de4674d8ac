/** A code's way as a trace: from the request to the carrier, and its receipt. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { openTracing } from '../../src/app/open-tracing.ts';
import { StartupError } from '../../src/app/startup-error.ts';
import type { App } from '../../src/app.ts';
import { createKey, createTenant } from '../../src/engine/tenants.ts';
import { ATTRIBUTE_NAMES, SPAN_NAMES } from '../../src/lib/tracing.ts';
import { makeTestFolder, openTestApp, removeTestFolder } from '../support/open-test-app.ts';
import { type RecordedSpan, registerRecordingTracer } from '../support/recording-tracer.ts';

const NUMBER = '+14155550123';
const PARENT = { trace: 'c'.repeat(32), span: 'd'.repeat(16) };

describe('traces', () => {
  before(async () => {
    await assert.rejects(openTracing({ traces: 'on' }), StartupError);
  });

  it('follow a code from the request to the carrier, link its receipt, and hold nothing secret', async () => {
    const spans = registerRecordingTracer();
    const folder = makeTestFolder();
    const tracing = await openTracing({ traces: 'on' });
    const secrets: string[] = [NUMBER, NUMBER.slice(1)];
    {
      const options = { folder, env: { OTPOST_DEMO: 'off' }, overrides: { tracing } };
      await using running = await openTestApp(options);
      const secret = await makeSecret(running.app);
      secrets.push(secret);
      const verifications = `${running.url}/otp/v1/verifications`;
      const started = await post(verifications, secret, { to: NUMBER });
      const { id } = (await started.json()) as { id: string };
      const code = await readCode(running.url);
      secrets.push(code);
      await post(`${verifications}/${id}/checks`, secret, { code });
      await post(`${verifications}/${id}/checks`, secret, {});
      // The handset's receipt is on its way by itself.
      while (!find(spans, 'receipt.record')?.isEnded) await new Promise(setImmediate);
    }
    removeTestFolder(folder);

    const request = get(spans, 'POST /otp/v1/verifications');
    assert.deepEqual([request.traceId, request.parentId], [PARENT.trace, PARENT.span]);
    assert.equal(request.attributes['http.response.status_code'], 201);
    const start = get(spans, 'engine.startVerification');
    assert.equal(start.parentId, request.spanId);
    assert.equal(start.attributes['otpost.outcome'], 'sent');
    const dispatch = get(spans, 'message.dispatch');
    assert.equal(dispatch.traceId, PARENT.trace);
    const submit = get(spans, 'carrier.submit');
    assert.equal(submit.parentId, dispatch.spanId);
    assert.equal(submit.attributes['otpost.outcome'], 'accepted');
    const isWithin = ({ parentId }: RecordedSpan) => parentId === start.spanId;
    assert.ok(spans.some((span) => span.name === 'store.transaction' && isWithin(span)));

    const receipt = get(spans, 'receipt.record');
    assert.notEqual(receipt.traceId, PARENT.trace);
    assert.deepEqual(receipt.links, [dispatch.spanId]);
    assert.equal(receipt.attributes['otpost.message.id'], dispatch.attributes['otpost.message.id']);

    const check = get(spans, 'engine.checkVerification');
    assert.equal(check.attributes['otpost.outcome'], 'approved');
    const refused = spans.filter(({ attributes }) => attributes['http.response.status_code'] === 400);
    assert.deepEqual(
      refused.map(({ attributes, isFailed }) => [attributes['otpost.error'], isFailed]),
      [['invalid_request', false]],
    );

    const names: readonly string[] = [...SPAN_NAMES, ...ATTRIBUTE_NAMES];
    for (const { name, attributes } of spans) {
      if (!/^(engine\.\w+|(GET|POST) \/\S*|otpost\.start)$/.test(name)) assert.ok(names.includes(name), name);
      for (const key of Object.keys(attributes)) assert.ok(names.includes(key), key);
    }
    const written = JSON.stringify(spans);
    for (const hidden of secrets) assert.ok(!written.includes(hidden), 'a secret is in a span');
  });
});

async function makeSecret({ parts: { context } }: App): Promise<string> {
  const tenant = await createTenant(context, { name: 'Acme', email: 'ops@acme.example' });
  return (await createKey(context, { tenantId: tenant.id })).secret;
}

function post(url: string, secret: string, body: unknown): Promise<Response> {
  const headers = {
    authorization: `Bearer ${secret}`,
    'content-type': 'application/json',
    traceparent: `00-${PARENT.trace}-${PARENT.span}-01`,
  };
  return fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function readCode(url: string): Promise<string> {
  for (;;) {
    const reply = await fetch(`${url}/handset/messages?to=${encodeURIComponent(NUMBER)}`);
    const { messages } = (await reply.json()) as { messages: { code: string }[] };
    if (messages[0]) return messages[0].code;
  }
}

function find(spans: readonly RecordedSpan[], name: string): RecordedSpan | undefined {
  return spans.find((span) => span.name === name);
}

function get(spans: readonly RecordedSpan[], name: string): RecordedSpan {
  const span = find(spans, name);
  assert(span, `a span ${name}`);
  assert.ok(span.isEnded, `${name} has ended`);
  return span;
}
