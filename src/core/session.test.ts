import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  continueSession,
  isSessionLive,
  SESSION_FACTORS_MAX,
  SESSION_IDLE_MS,
  type SessionFactor,
  startSession,
} from './session.ts';

const factor = (name: string, authenticatedAtMs: number): SessionFactor => ({
  deliveryMethod: 'sms',
  authenticatedAtMs,
  detail: { name },
});

test('a session lasts from its last use, not from its start', () => {
  const session = startSession('s', 'user', factor('a', 0), 0);
  const continued = continueSession(session, factor('b', 400_000), 400_000);
  assert.equal(isSessionLive(session, SESSION_IDLE_MS - 1), true);
  assert.equal(isSessionLive(session, SESSION_IDLE_MS), false);
  assert.equal(isSessionLive(continued, 400_000 + SESSION_IDLE_MS - 1), true);
  assert.deepEqual([continued.id, continued.startedAtMs, continued.lastAccessedAtMs], ['s', 0, 400_000]);
});

test('a second factor is appended, and the same one again is only renewed', () => {
  const session = continueSession(startSession('s', 'user', factor('a', 0), 0), factor('b', 1), 1);
  assert.deepEqual(
    session.factors.map(({ detail }) => detail.name),
    ['a', 'b'],
  );
  const renewed = continueSession(session, factor('a', 2), 2);
  assert.deepEqual(renewed.factors, [factor('b', 1), factor('a', 2)]);
});

test('however many factors are given, a session keeps the latest few', () => {
  let session = startSession('s', 'user', factor('0', 0), 0);
  for (let each = 1; each <= 20; each += 1) session = continueSession(session, factor(`${each}`, each), each);
  assert.equal(session.factors.length, SESSION_FACTORS_MAX);
  assert.equal(session.factors.at(-1)?.detail.name, '20');
});
