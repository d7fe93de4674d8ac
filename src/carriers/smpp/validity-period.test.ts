import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { validityPeriod } from './validity-period.ts';

const NOW_MS = Date.parse('2026-12-31T23:55:00.250Z');
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** The instant that an absolute time names, read as SMPP 3.4 §7.1.1 says. */
function instantOf(text: string): number {
  const match = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d)(\d\d)([+-])$/.exec(text);
  assert.ok(match, text);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, tenth = 0, quarters = 0] = match
    .slice(1, 9)
    .map(Number);
  assert.ok(quarters <= 48, text);
  const localMs = Date.UTC(2000 + year, month - 1, day, hour, minute, second, tenth * 100);
  return localMs - quarters * 15 * MINUTE_MS * (match[9] === '-' ? -1 : 1);
}

describe('an absolute validity_period', () => {
  const absolute = { validityPeriod: 'absolute' } as const;

  it('is the instant until which the message is of use, in UTC', () => {
    assert.equal(validityPeriod(NOW_MS + 10 * MINUTE_MS, NOW_MS, absolute), '270101000500200+');
  });

  it('is written in the zone that the operator reads', () => {
    const at = (validityOffset: string) =>
      validityPeriod(NOW_MS + MINUTE_MS, NOW_MS, { ...absolute, validityOffset });
    assert.equal(at('+05:45'), '270101054100223+');
    assert.equal(at('-03:30'), '261231202600214-');
    assert.equal(at('-12:00'), '261231115600248-');
  });

  it('ends at the longest that is allowed', () => {
    const period = validityPeriod(NOW_MS + DAY_MS, NOW_MS, { ...absolute, validitySecondsMax: 120 });
    assert.equal(period, '261231235700200+');
  });

  it('is nothing where less than a second is left', () => {
    assert.equal(validityPeriod(NOW_MS + 999, NOW_MS, absolute), undefined);
    assert.ok(validityPeriod(NOW_MS + 1_000, NOW_MS, absolute));
  });

  it('never lies beyond the life of the code, and less than a tenth of a second before its end', () => {
    const moment = fc.integer({ min: Date.UTC(2024, 0), max: Date.UTC(2090, 0) });
    const offset = fc.constantFrom('+00:00', '+05:30', '-09:30', '+12:00', '-12:00', '-00:15');
    fc.assert(
      fc.property(
        moment,
        fc.integer({ min: 1_000, max: 7 * DAY_MS }),
        offset,
        (nowMs, leftMs, validityOffset) => {
          const text = validityPeriod(nowMs + leftMs, nowMs, { ...absolute, validityOffset });
          const lostMs = nowMs + leftMs - instantOf(text ?? '');
          assert.ok(lostMs >= 0 && lostMs < 100, `${text} loses ${lostMs} ms`);
        },
      ),
    );
  });
});
