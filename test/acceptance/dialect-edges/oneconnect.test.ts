import assert from 'node:assert/strict';
import { oneconnect } from '../../../src/dialects/oneconnect/index.ts';
import { testDialectEdges } from './dialect-edges.ts';

testDialectEdges({
  dialect: oneconnect,
  authorize: ({ email }, secret) => ({
    authorization: `Basic ${Buffer.from(`${email}:${secret}`).toString('base64')}`,
  }),
  start: { method: 'POST', path: '/mfa/sms_auth', body: { phone_number: '123456789', length: 8 } },
  recipient: '+123456789',
  startsBy: 'startDisclosedVerification',
  startedHeader: 'otpost-verification-id',
  disclosesCode: true,
  assertError(body) {
    const { error_code, status, message } = body as Record<string, unknown>;
    assert.deepEqual(Object.keys(body as object), ['error_code', 'status', 'message']);
    assert.ok(Number.isInteger(error_code));
    assert.equal(status, 'ERROR');
    assert.ok(typeof message === 'string' && message.length > 0);
  },
  statuses: {
    unauthenticated: 401,
    scopeMissing: 403,
    unreadableBody: 400,
    bodyNoObject: 400,
    missingFields: 400,
  },
});
