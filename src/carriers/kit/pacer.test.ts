import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock, MANUAL_CLOCK_START_MS } from '../../../test/support/manual-clock.ts';
import { createPacer, type PacerOptions, type Turn } from './pacer.ts';

function createBench(options: Partial<PacerOptions>) {
  const clock = createManualClock();
  const pacer = createPacer({ clock: clock.now, timers: clock.timers, concurrentMax: 100, ...options });
  const turns: { readonly atMs: number; readonly turn: Turn }[] = [];
  const enter = (signal = new AbortController().signal) => {
    const entered = pacer.enter(signal);
    void entered.then((turn) => turns.push({ atMs: clock.now() - MANUAL_CLOCK_START_MS, turn }));
    return entered;
  };
  return { clock, enter, turns };
}

test('messages per second are held, evenly spaced, and unused time is not saved up', async () => {
  const { clock, enter, turns } = createBench({ messagesPerSecond: 4 });
  for (let count = 0; count < 4; count += 1) void enter();
  await clock.advance(10_000);
  for (let count = 0; count < 3; count += 1) void enter();
  await clock.advance(10_000);
  assert.deepEqual(
    turns.map(({ atMs }) => atMs),
    [0, 250, 500, 750, 10_000, 10_250, 10_500],
  );
});

test('who would wait too long is told when to come back', async () => {
  const { clock, enter, turns } = createBench({ messagesPerSecond: 1 });
  for (let count = 0; count < 8; count += 1) void enter();
  await clock.settle();
  const full = turns.map(({ turn }) => turn).filter((turn) => turn.kind === 'full');
  assert.deepEqual(
    full.map((turn) => turn.retryAfterMs),
    [6_000, 6_000],
  );
});

test('a clock set back does not make anybody wait for the old time', async () => {
  const { clock, enter, turns } = createBench({ messagesPerSecond: 1 });
  void enter();
  clock.step(MANUAL_CLOCK_START_MS - 3_600_000);
  void enter();
  await clock.settle();
  assert.deepEqual(
    turns.map(({ turn }) => turn.kind),
    ['entered', 'entered'],
  );
});

test('so many at once and no more, in order; who gives up leaves the queue', async () => {
  const { clock, enter, turns } = createBench({ concurrentMax: 1 });
  const first = await enter();
  const givenUp = new AbortController();
  const second = enter(givenUp.signal);
  const third = enter();
  await clock.settle();
  assert.equal(turns.length, 1);
  givenUp.abort();
  assert.equal((await second).kind, 'aborted');
  assert.ok(first.kind === 'entered');
  first.leave();
  first.leave();
  assert.equal((await third).kind, 'entered');
  void enter();
  await clock.settle();
  assert.equal(turns.length, 3, 'leaving twice makes room once');
});

test('giving up while waiting for the rate leaves no timer', async () => {
  const { clock, enter } = createBench({ messagesPerSecond: 1 });
  await enter();
  const givenUp = new AbortController();
  const waiting = enter(givenUp.signal);
  givenUp.abort();
  assert.equal((await waiting).kind, 'aborted');
  assert.equal(clock.pendingTimers(), 0);
});
