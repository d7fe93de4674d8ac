import assert from 'node:assert/strict';
import { zignsec } from '../../../src/dialects/zignsec/index.ts';
import { testDialectEdges } from './dialect-edges.ts';

testDialectEdges({
  dialect: zignsec,
  authorize: (_tenant, secret) => ({ authorization: secret }),
  start: {
    method: 'POST',
    path: '/two_factor_auth/sms',
    body: {
      metadata: { from: '+123456789', max_message_parts: 1, message: 'Testing', to: '+46701234567' },
      relay_state: 'my-internal-user-id',
    },
  },
  recipient: '+46701234567',
  startsBy: 'sendMessage',
  startedHeader: 'otpost-message-id',
  assertError(body) {
    const { errors } = body as { errors: readonly Record<string, unknown>[] };
    assert.deepEqual(Object.keys(body as object), ['errors']);
    assert.ok(errors.length > 0);
    for (const entry of errors) {
      assert.deepEqual(Object.keys(entry), ['code', 'description']);
      assert.match(String(entry.code), /^[A-Z_]+$/);
      assert.equal(typeof entry.description, 'string');
    }
  },
  statuses: {
    unauthenticated: 401,
    scopeMissing: 401,
    unreadableBody: 400,
    bodyNoObject: 400,
    missingFields: 400,
  },
});
