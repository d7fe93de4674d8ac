import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Account, decideCharge, formatAmount, parseAmount } from './ledger.ts';
import { priceOf, SEGMENTS_AS_PRICES } from './prices.ts';

const NOON_MS = 1_767_268_800_000;
const account: Account = { tenantId: 't', balanceMicros: 100, spentMicros: 0, spentDayMs: 0 };

describe('an amount', () => {
  it('is read and written exactly', () => {
    fc.assert(
      fc.property(fc.integer({ min: -999_999_999_999_999, max: 999_999_999_999_999 }), (micros) => {
        assert.equal(parseAmount(formatAmount(micros)), micros);
      }),
    );
  });
  it('is nothing but digits with at most six decimals', () => {
    for (const text of [
      '',
      '1.',
      '.5',
      '1e3',
      '1,5',
      '0.0000001',
      ' 1',
      '1 ',
      '+1',
      '--1',
      'NaN',
      '1'.repeat(10),
    ]) {
      assert.equal(parseAmount(text), undefined, text);
    }
    assert.equal(parseAmount('0.0075'), 7_500);
    assert(Object.is(parseAmount('-0'), 0));
  });
});

describe('a charge', () => {
  it('may take the last of a balance and no more', () => {
    assert.equal(decideCharge(account, 100, NOON_MS).kind, 'charge');
    assert.equal(decideCharge(account, 101, NOON_MS).kind, 'insufficient');
  });
  it('is refused at the daily cap until the day (UTC) ends', () => {
    const capped = {
      ...account,
      dailyCapMicros: 50,
      spentMicros: 40,
      spentDayMs: NOON_MS - (NOON_MS % 86_400_000),
    };
    assert.equal(decideCharge(capped, 10, NOON_MS).kind, 'charge');
    assert.deepEqual(decideCharge(capped, 11, NOON_MS), { kind: 'capped', retryAfterSeconds: 43_200 });
    assert.equal(decideCharge(capped, 11, NOON_MS + 43_200_000).kind, 'charge');
  });
  it('finds the same day spent when the clock steps back', () => {
    const tomorrow = { ...account, dailyCapMicros: 50, spentMicros: 50, spentDayMs: NOON_MS + 43_200_000 };
    assert.equal(decideCharge(tomorrow, 1, NOON_MS).kind, 'capped');
  });
});

it('the price is the rate of the longest prefix, by segment', () => {
  const prices = {
    currency: 'EUR',
    defaultMicros: 9,
    rates: [
      { channel: 'sms', micros: 5 },
      { channel: 'sms', prefix: '+91', micros: 2 },
      { channel: 'sms', prefix: '+918', micros: 3 },
    ],
  } as const;
  assert.equal(priceOf(prices, 'sms', '+14155550100', 2), 10);
  assert.equal(priceOf(prices, 'sms', '+917000000000', 1), 2);
  assert.equal(priceOf(prices, 'sms', '+918000000000', 1), 3);
  assert.equal(priceOf(prices, 'voice', '+918000000000', 1), 9);
  assert.equal(priceOf(SEGMENTS_AS_PRICES, 'sms', '+1', 3), 3_000_000);
});
