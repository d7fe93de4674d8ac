import assert from 'node:assert/strict';
import { ciam } from '../../../src/dialects/ciam/index.ts';
import { testDialectEdges } from './dialect-edges.ts';

testDialectEdges({
  dialect: ciam,
  /** Rejects where no token is given: what cannot be had cannot be shown. */
  async authorize({ id }, secret, { ask }) {
    const payload = { grant_type: 'client_credentials', client_id: id, client_secret: secret };
    const reply = await ask({ method: 'POST', url: '/ciam-mfa/v2/get/token', payload });
    assert.equal(reply.statusCode, 200, reply.body);
    return { authorization: `Bearer ${reply.json().access_token}` };
  },
  start: {
    method: 'POST',
    path: '/deviceAuthentications',
    body: { userName: 'jdoe', phoneNumber: '+91-8212345212', deviceType: 'sms' },
  },
  recipient: '+918212345212',
  startsBy: 'startVerification',
  authenticatesBy: 'authenticateToken',
  startedHeader: 'otpost-verification-id',
  assertError(body) {
    const { code, message, traceId, timestamp } = body as Record<string, unknown>;
    assert.deepEqual(Object.keys(body as object), ['code', 'message', 'traceId', 'timestamp']);
    assert.match(String(code), /^\d{3,6}$/);
    assert.equal(typeof code, 'string');
    assert.ok(typeof message === 'string' && message.length > 0);
    assert.match(String(traceId), /^[0-9a-f]{32}$/);
    assert.match(String(timestamp), /^\d{4}-\d\d-\d\d-\d\d\.\d\d\.\d\d$/);
  },
  statuses: {
    unauthenticated: 401,
    scopeMissing: 403,
    unreadableBody: 400,
    bodyNoObject: 400,
    missingFields: 400,
    recipientBlocked: 403,
  },
});
