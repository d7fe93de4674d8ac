import assert from 'node:assert/strict';
import { ratio } from '../../../src/dialects/ratio/index.ts';
import { testDialectEdges } from './dialect-edges.ts';

testDialectEdges({
  dialect: ratio,
  authorize: ({ id }, secret) => ({ 'ratio-client-id': id, 'ratio-client-secret': secret }),
  start: { method: 'POST', path: '/otp/sms:send', body: { phoneNumber: '+14165551234' } },
  recipient: '+14165551234',
  startsBy: 'startVerification',
  startedHeader: 'otpost-verification-id',
  assertError(body) {
    const { message, createTime, code } = body as Record<string, unknown>;
    assert.deepEqual(Object.keys(body as object), ['message', 'createTime', 'code']);
    assert.ok(typeof message === 'string' && message.length > 0);
    assert.match(String(createTime), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.match(String(code), /^[A-Z_]+$/);
  },
  statuses: {
    unauthenticated: 401,
    scopeMissing: 403,
    unreadableBody: 400,
    bodyNoObject: 400,
    missingFields: 400,
  },
});
