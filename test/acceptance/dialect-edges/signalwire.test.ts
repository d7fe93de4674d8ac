import assert from 'node:assert/strict';
import { signalwire } from '../../../src/dialects/signalwire/index.ts';
import { testDialectEdges } from './dialect-edges.ts';

testDialectEdges({
  dialect: signalwire,
  authorize: ({ id }, secret) => ({
    authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
  }),
  start: { method: 'POST', path: '/mfa/sms', body: { to: '+14155550123' } },
  recipient: '+14155550123',
  startsBy: 'startVerification',
  startedHeader: 'otpost-verification-id',
  assertError(body) {
    const { error, errors } = body as { error?: unknown; errors?: readonly Record<string, unknown>[] };
    if (errors === undefined) {
      assert.equal(typeof error, 'string');
      assert.deepEqual(Object.keys(body as object), ['error']);
      return;
    }
    assert.ok(errors.length > 0);
    for (const entry of errors) {
      assert.deepEqual(Object.keys(entry), ['detail', 'status', 'title', 'code']);
      for (const value of Object.values(entry)) assert.equal(typeof value, 'string');
    }
  },
  statuses: {
    unauthenticated: 401,
    scopeMissing: 401,
    unreadableBody: 400,
    bodyNoObject: 400,
    missingFields: 422,
  },
});
