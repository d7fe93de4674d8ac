import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DELIVERY_AGE_MAX_MS,
  type DeliveryStepInput,
  DISABLE_AFTER_MS,
  decideDeliveryStep,
  decideWait,
  ORDER_WAIT_MS,
  rotateSecrets,
  SECRET_OVERLAP_MS,
  secretsAt,
  wantsEvent,
} from './webhook.ts';

const NOW_MS = 1_767_225_600_000;

const step = (rest: Partial<DeliveryStepInput>) =>
  decideDeliveryStep({
    answer: { kind: 'answered', status: 500 },
    endpoint: { kind: 'registered' },
    startedAtMs: NOW_MS,
    attemptCount: 1,
    delayMs: 5_000,
    nowMs: NOW_MS,
    ...rest,
  });
const answered = (status: number) => ({ kind: 'answered', status }) as const;

test('every 2xx is an acknowledgement and nothing else is, a redirect included', () => {
  for (const status of [200, 202, 204, 299]) {
    assert.deepEqual(step({ answer: answered(status) }), { kind: 'delivered' });
  }
  for (const status of [300, 302, 400, 401, 404, 429, 500, 503]) {
    const failure = `status-${status}`;
    assert.deepEqual(step({ answer: answered(status) }), { kind: 'retry', delayMs: 5_000, failure });
  }
  const refused = step({ answer: { kind: 'failed', reason: 'refused-address' } });
  assert.deepEqual(refused, { kind: 'retry', delayMs: 5_000, failure: 'refused-address' });
});

test('the last attempt of the schedule ends the delivery, and so does its age', () => {
  assert.deepEqual(step({ delayMs: undefined }), { kind: 'failed', failure: 'status-500' });
  const late = { startedAtMs: NOW_MS - DELIVERY_AGE_MAX_MS + 5_000 };
  assert.equal(step(late).kind, 'retry');
  assert.equal(step({ startedAtMs: late.startedAtMs - 1 }).kind, 'failed');
});

test('410 disables a registered endpoint at once, and ends only the delivery to a URL that a call named', () => {
  const gone = { kind: 'failed', failure: 'status-410' } as const;
  assert.deepEqual(step({ answer: answered(410) }), { ...gone, disables: 'gone' });
  assert.deepEqual(step({ answer: answered(410), endpoint: { kind: 'request' } }), gone);
});

test('an endpoint is given up after days of nothing but failures, on a delivery that failed for a while', () => {
  const failingSinceMs = NOW_MS - DISABLE_AFTER_MS;
  const endpoint = { kind: 'registered', failingSinceMs } as const;
  const disabled = { kind: 'failed', failure: 'status-500', disables: 'failing' };
  assert.deepEqual(step({ endpoint, attemptCount: 5 }), disabled);
  assert.equal(step({ endpoint, attemptCount: 4 }).kind, 'retry');
  const younger = { ...endpoint, failingSinceMs: failingSinceMs + 1 };
  assert.equal(step({ endpoint: younger, attemptCount: 20 }).kind, 'retry');
  assert.equal(step({ endpoint: { ...endpoint, kind: 'request' }, attemptCount: 5 }).kind, 'retry');
});

test('a later delivery waits for an earlier one until that may be tried, and never longer than the bound', () => {
  const delivery = { startedAtMs: NOW_MS };
  assert.equal(decideWait(delivery, undefined, NOW_MS), undefined);
  assert.equal(decideWait(delivery, NOW_MS + 30_000, NOW_MS), NOW_MS + 30_000);
  assert.equal(decideWait(delivery, NOW_MS + 7_200_000, NOW_MS), NOW_MS + ORDER_WAIT_MS);
  assert.equal(decideWait(delivery, NOW_MS + 7_200_000, NOW_MS + ORDER_WAIT_MS), undefined);
  assert.ok((decideWait(delivery, NOW_MS - 1, NOW_MS) ?? 0) > NOW_MS, 'it does not spin');
});

test('a rotated secret signs beside the new one for the overlap, and no more than three sign', () => {
  const once = rotateSecrets([{ secret: 'a' }], 'b', NOW_MS);
  const names = (secrets: typeof once, nowMs: number) =>
    secretsAt(secrets, nowMs).map(({ secret }) => secret);
  assert.deepEqual(names(once, NOW_MS + SECRET_OVERLAP_MS - 1), ['b', 'a']);
  assert.deepEqual(names(once, NOW_MS + SECRET_OVERLAP_MS), ['b']);
  const hurried = rotateSecrets(rotateSecrets(once, 'c', NOW_MS + 1), 'd', NOW_MS + 2);
  assert.deepEqual(names(hurried, NOW_MS + 2), ['d', 'c', 'b']);
  // A second rotation gives the first secret no second day.
  const later = rotateSecrets(once, 'c', NOW_MS + 1);
  assert.deepEqual(names(later, NOW_MS + SECRET_OVERLAP_MS), ['c', 'b']);
});

test('an endpoint without a list of types wants every one', () => {
  assert.equal(wantsEvent(undefined, 'message.refused'), true);
  assert.equal(wantsEvent(['message.delivered'], 'message.delivered'), true);
  assert.equal(wantsEvent(['message.delivered'], 'message.failed'), false);
});
