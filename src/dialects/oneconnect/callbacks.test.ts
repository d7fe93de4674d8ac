import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventType } from '../../core/events.ts';
import { callbacks } from './callbacks.ts';

const VERIFICATION_ID = '01900000-0000-7000-8000-0000000000aa';
const MESSAGE_ID = '01900000-0000-7000-8000-0000000000bb';

function render(type: EventType, to = '+995591234567') {
  const event = {
    id: '01900000-0000-7000-8000-0000000000cc',
    tenantId: '01900000-0000-7000-8000-000000000001',
    type,
    verificationId: VERIFICATION_ID,
    messageId: MESSAGE_ID,
    atMs: 0,
    data: { carrier: 'main', reason: '27' },
  };
  return callbacks.render({ event, subject: { to, segments: 1 } });
}

test('a delivery report is a form with reference, status, reason and the bare number', () => {
  assert.deepEqual(render('message.delivered'), {
    contentType: 'application/x-www-form-urlencoded',
    body: `reference=${VERIFICATION_ID}&status=Delivered&reason=0&destination=995591234567`,
  });
});

test('only final states are reported, and each that is has a status', () => {
  assert.deepEqual(callbacks.events, ['message.delivered', 'message.failed', 'message.expired']);
  const of = (type: EventType) => new URLSearchParams(render(type).body);
  assert.deepEqual(
    [of('message.failed').get('status'), of('message.failed').get('reason')],
    ['Undelivered', '1'],
  );
  assert.deepEqual(
    [of('message.expired').get('status'), of('message.expired').get('reason')],
    ['Expired', '1'],
  );
});
