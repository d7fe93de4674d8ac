import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  CODE_SUBMIT_SCHEDULE,
  nextRetryDelayMs,
  type RetrySchedule,
  TEXT_SUBMIT_SCHEDULE,
  WEBHOOK_SCHEDULE,
} from './retry-schedule.ts';

const HOUR_MS = 3_600_000;
const even = () => 0.5;

function tell(schedule: RetrySchedule, random: () => number) {
  let attempts = 1;
  let totalMs = 0;
  for (;;) {
    const delayMs = nextRetryDelayMs(schedule, attempts, random);
    assert.equal(delayMs === undefined, attempts > schedule.delaysMs.length);
    if (delayMs === undefined) return { attempts, totalMs };
    totalMs += delayMs;
    attempts += 1;
  }
}

describe('the schedules', () => {
  it('a webhook is tried twenty times over 48 hours', () => {
    assert.deepEqual(tell(WEBHOOK_SCHEDULE, even), { attempts: 20, totalMs: 48 * HOUR_MS });
  });

  it('a code is tried twelve times within the ten minutes that it lives', () => {
    assert.deepEqual(tell(CODE_SUBMIT_SCHEDULE, even), { attempts: 12, totalMs: 600_000 });
  });

  it('a text is tried seventeen times in half a day', () => {
    assert.deepEqual(tell(TEXT_SUBMIT_SCHEDULE, even), { attempts: 17, totalMs: 12 * HOUR_MS });
  });

  it('waits never shrink', () => {
    for (const { delaysMs } of [CODE_SUBMIT_SCHEDULE, TEXT_SUBMIT_SCHEDULE, WEBHOOK_SCHEDULE]) {
      assert.deepEqual(
        delaysMs,
        delaysMs.toSorted((one, other) => one - other),
      );
    }
  });
});

describe('one wait', () => {
  const schedule: RetrySchedule = { delaysMs: [1000, 2000], jitter: 0.25, wishMaxMs: 5000 };

  it('is spread evenly around its length by the jitter and no further', () => {
    assert.equal(
      nextRetryDelayMs(schedule, 1, () => 0),
      750,
    );
    assert.equal(nextRetryDelayMs(schedule, 1, even), 1000);
    assert.equal(
      nextRetryDelayMs(schedule, 1, () => 1 - Number.EPSILON),
      1250,
    );
  });

  it('honours a longer wish within its bound, and never waits shorter for one', () => {
    assert.equal(nextRetryDelayMs(schedule, 1, even, 4000), 4000);
    assert.equal(nextRetryDelayMs(schedule, 1, even, 60_000), 5000);
    assert.equal(nextRetryDelayMs(schedule, 2, even, 10), 2000);
    assert.equal(nextRetryDelayMs(schedule, 2, even, -10), 2000);
  });

  it('after the last there is none, whatever is wished', () => {
    assert.equal(nextRetryDelayMs(schedule, 3, even, 4000), undefined);
    assert.equal(nextRetryDelayMs(schedule, 1000, even), undefined);
  });
});
