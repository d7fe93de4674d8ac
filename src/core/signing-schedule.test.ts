import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRetired, nextKeyDue, signerAt } from './signing-schedule.ts';

const SCHEDULE = { periodMs: 1000, leadMs: 100, keepMs: 50 };
const key = (generation: number, signsFromMs: number) => ({ kid: `k${generation}`, generation, signsFromMs });

test('the first key signs at once', () => {
  assert.deepEqual(nextKeyDue([], SCHEDULE, 7), { generation: 1, signsFromMs: 7 });
  assert.equal(signerAt([], 7), undefined);
});

test('the next key is due a lead before the period ends, and not a moment earlier', () => {
  const keys = [key(1, 0)];
  assert.equal(nextKeyDue(keys, SCHEDULE, 899), undefined);
  assert.deepEqual(nextKeyDue(keys, SCHEDULE, 900), { generation: 2, signsFromMs: 1000 });
});

test('a key that comes late is still published for the whole lead before it signs', () => {
  assert.deepEqual(nextKeyDue([key(1, 0)], SCHEDULE, 5000), { generation: 2, signsFromMs: 5100 });
});

test('a key signs from its instant on, until a younger one does', () => {
  const keys = [key(2, 1000), key(1, 0)];
  assert.equal(signerAt(keys, 999)?.kid, 'k1');
  assert.equal(signerAt(keys, 1000)?.kid, 'k2');
  // A clock that stepped back to before all of them.
  assert.equal(signerAt(keys, -5)?.kid, 'k1');
});

test('a key is retired when the last token that it can have signed is over; the newest never is', () => {
  const keys = [key(1, 0), key(2, 1000)];
  assert.equal(isRetired(key(1, 0), keys, SCHEDULE, 1049), false);
  assert.equal(isRetired(key(1, 0), keys, SCHEDULE, 1050), true);
  assert.equal(isRetired(key(2, 1000), keys, SCHEDULE, 1e9), false);
});
