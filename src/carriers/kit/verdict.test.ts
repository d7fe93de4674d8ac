import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock, MANUAL_CLOCK_START_MS } from '../../../test/support/manual-clock.ts';
import { OutboundError } from '../../lib/outbound-error.ts';
import { parseRetryAfter } from '../../lib/retry-after.ts';
import { createHealthKeeper, DEGRADED_AFTER, DOWN_AFTER, DOWN_MS } from './carrier-health.ts';
import { verdictOfFailure } from './request-failure.ts';
import { statusVerdict, toOutcome, toReason } from './verdict.ts';

test('whether the request may have left decides between refused and unknown', () => {
  for (const reason of ['timeout-before-response', 'tls', 'network', 'aborted'] as const) {
    assert.equal(toOutcome(verdictOfFailure(new OutboundError(reason, true))).kind, 'unknown', reason);
    const outcome = toOutcome(verdictOfFailure(new OutboundError(reason, false)));
    assert.deepEqual(outcome, { kind: 'refused', reason, permanent: false });
  }
  const refused = toOutcome(verdictOfFailure(new OutboundError('refused-address', false)));
  assert.ok(
    refused.kind === 'refused' && refused.permanent,
    'an address in the settings that may not be called',
  );
});

test('a wish to wait goes with what may be tried again, and with nothing else', () => {
  const wishOf = (status: number) => {
    const outcome = toOutcome(statusVerdict(status), 5_000);
    return outcome.kind === 'refused' ? outcome.retryAfterMs : undefined;
  };
  assert.deepEqual([429, 503, 400, 502].map(wishOf), [5_000, 5_000, undefined, undefined]);
});

test('Retry-After is seconds or a date, and bounded', () => {
  const parse = (header: string | undefined) => parseRetryAfter(header, MANUAL_CLOCK_START_MS);
  assert.equal(parse('120'), 120_000);
  assert.equal(parse('Thu, 01 Jan 2026 00:00:30 GMT'), 30_000);
  assert.equal(parse('Wed, 31 Dec 2025 00:00:00 GMT'), 0);
  assert.equal(parse('999999999'), 86_400_000);
  for (const header of [undefined, '', '-1', '1.5', 'soon'])
    assert.equal(parse(header), undefined, String(header));
});

test('reasons are plain words', () => {
  assert.equal(toReason('infobip', 'REJECTED_DESTINATION'), 'infobip-rejected-destination');
  assert.equal(toReason('twilio', 21211), 'twilio-21211');
  assert.equal(toReason('telnyx', '…'), 'telnyx');
});

test('health: faults in a row bring a carrier down, an answer of any sense brings it up', async () => {
  const clock = createManualClock();
  const health = createHealthKeeper(clock.now);
  const state = () => health.current().state;
  const fail = (times: number) => {
    for (let count = 0; count < times; count += 1) health.record(statusVerdict(503));
  };
  fail(DEGRADED_AFTER - 1);
  assert.equal(state(), 'up');
  fail(1);
  assert.deepEqual(health.current(), { state: 'degraded', detail: 'http-503' });
  fail(DOWN_AFTER - DEGRADED_AFTER);
  assert.equal(state(), 'down');
  await clock.advance(DOWN_MS);
  assert.equal(state(), 'degraded', 'it may be tried again');
  fail(1);
  assert.equal(state(), 'down', 'one more fault is enough');
  health.record(statusVerdict(429));
  assert.equal(state(), 'up');
});
