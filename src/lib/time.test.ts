import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createManualClock } from '../../test/support/manual-clock.ts';
import { fromHttpDate, fromIso, sleep, systemTimers, TIMEOUT_MS_MAX, toDottedUtc, toIso } from './time.ts';

const whenMs = fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 });

test('an instant survives its ISO form', () => {
  fc.assert(fc.property(whenMs, (ms) => assert.equal(fromIso(toIso(ms)), ms)));
});

test('the dotted form is the ISO form in other punctuation, in UTC', () => {
  assert.equal(toDottedUtc(1_769_850_305_999), '2026-01-31-09.05.05');
});

test('offsets, lower case and long fractions are read', () => {
  const noon = 1_769_860_800_000;
  for (const text of [
    '2026-01-31T12:00:00Z',
    '2026-01-31t12:00:00z',
    '2026-01-31T12:00:00.000000000Z',
    '2026-01-31T16:00:00+04:00',
    '2026-01-31T06:30:00.0-05:30',
  ]) {
    assert.equal(fromIso(text), noon, text);
  }
  assert.equal(fromIso('2024-02-29T00:00:00Z'), 1_709_164_800_000);
});

test('days that do not exist, local times and other forms are not read', () => {
  for (const text of [
    '',
    '2026-01-31',
    '2026-01-31T12:00:00',
    '2026-02-29T00:00:00Z',
    '2026-02-30T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2026-00-10T00:00:00Z',
    '2026-13-10T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-01-31T24:00:00Z',
    '2026-01-31T12:60:00Z',
    '2026-01-31T12:00:60Z',
    '2026-01-31T12:00:00+24:00',
    '2026-01-31 12:00:00Z',
    ' 2026-01-31T12:00:00Z',
    '1769860800000',
    'Sat, 31 Jan 2026 12:00:00 GMT',
  ]) {
    assert.equal(fromIso(text), undefined, text);
  }
});

test('a sleep ends on time, or at once when its signal aborts, and leaves nothing behind', async () => {
  const clock = createManualClock();
  const woken: string[] = [];
  void sleep(clock.timers, 1_000).then(() => woken.push('time'));
  const abort = new AbortController();
  void sleep(clock.timers, 60_000, abort.signal).then(() => woken.push('abort'));
  void sleep(clock.timers, 60_000, AbortSignal.abort()).then(() => woken.push('aborted before'));
  await clock.advance(999);
  assert.deepEqual(woken, ['aborted before']);
  await clock.advance(1);
  abort.abort();
  await clock.settle();
  assert.deepEqual(woken, ['aborted before', 'time', 'abort']);
  assert.equal(clock.pendingTimers(), 0);
});

test('a delay beyond 31 bits waits as long as Node.js can, instead of firing at once', (t) => {
  const set = t.mock.method(globalThis, 'setTimeout');
  systemTimers.clearTimeout(systemTimers.setTimeout(() => {}, TIMEOUT_MS_MAX + 1));
  assert.equal(set.mock.calls[0]?.arguments[1], TIMEOUT_MS_MAX);
});

test('the manual clock fires timers in order of time, also those that a timer sets', async () => {
  const clock = createManualClock(0);
  const seen: (readonly [string, number])[] = [];
  const note = (name: string) => seen.push([name, clock.now()]);
  clock.timers.setTimeout(() => note('late'), 30);
  clock.timers.setTimeout(() => {
    note('early');
    void Promise.resolve().then(() => clock.timers.setTimeout(() => note('chained'), 10));
  }, 10);
  const cleared = clock.timers.setTimeout(() => note('cleared'), 15);
  clock.timers.clearTimeout(cleared);
  await clock.advance(50);
  assert.deepEqual(seen, [
    ['early', 10],
    ['chained', 20],
    ['late', 30],
  ]);
  assert.equal(clock.now(), 50);
});

test('stepping the manual clock back moves the wall and not the timers', async () => {
  const clock = createManualClock(10_000);
  let fired = 0;
  clock.timers.setTimeout(() => {
    fired = clock.now();
  }, 100);
  clock.step(5_000);
  await clock.advance(99);
  assert.equal(fired, 0);
  await clock.advance(1);
  assert.equal(fired, 5_100);
});

test('an HTTP-date is read in each of its three forms, and nothing else is', () => {
  const expectedMs = 784_111_777_000;
  for (const text of [
    'Sun, 06 Nov 1994 08:49:37 GMT',
    'Sunday, 06-Nov-94 08:49:37 GMT',
    'Sun Nov  6 08:49:37 1994',
  ]) {
    assert.equal(fromHttpDate(text), expectedMs, text);
  }
  for (const text of ['', '120', 'tomorrow', 'Sun, 06 Nov 1994 08:49:37 +0200', '1994-11-06T08:49:37Z']) {
    assert.equal(fromHttpDate(text), undefined, text);
  }
});
