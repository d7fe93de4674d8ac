import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createManualClock, MANUAL_CLOCK_START_MS } from '../../../test/support/manual-clock.ts';
import { createSeededRandomBytes } from '../../../test/support/seeded-random.ts';
import type { Receipt } from '../../core/delivery.ts';
import type { OutboundMessage } from '../../engine/ports.ts';
import { createUuidMaker } from '../../lib/uuid.ts';
import { AGENDA_ENTRIES_MAX } from './agenda.ts';
import { createHandset, type HandsetOptions, RECEIPT_DELAY_MS, RECEIPT_TRIES_MAX } from './handset.ts';
import { MAGIC_RECIPIENTS } from './magic-recipients.ts';

const NEVER = new AbortController().signal;

function createRig(options: Partial<HandsetOptions> = {}) {
  const clock = createManualClock();
  const receipts: Receipt[] = [];
  const handset = createHandset({
    id: 'phone',
    clock: clock.now,
    timers: clock.timers,
    makeId: createUuidMaker(clock.now, createSeededRandomBytes('handset')),
    receipts: async (receipt) => {
      receipts.push(receipt);
    },
    ...options,
  });
  const states = () => receipts.map((receipt) => receipt.state);
  const submit = (to: string, extra: Partial<OutboundMessage> = {}, signal = NEVER) =>
    handset.submit(sms(to, extra), signal);
  return { clock, handset, receipts, states, submit };
}

function sms(to: string, extra: Partial<OutboundMessage> = {}): OutboundMessage {
  return {
    id: '00000000-0000-7000-8000-000000000001',
    tenantId: '00000000-0000-7000-8000-00000000000a',
    channel: 'sms',
    to,
    body: 'Your code is 483920',
    code: '483920',
    segments: 1,
    notAfterMs: MANUAL_CLOCK_START_MS + 600_000,
    ...extra,
  };
}

function magic(name: string): string {
  const found = MAGIC_RECIPIENTS.find((recipient) => recipient.name === name);
  assert(found);
  return found.phone;
}

describe('an ordinary phone', () => {
  it('shows the message at once and is reported accepted, then delivered', async () => {
    const { clock, handset, receipts, states, submit } = createRig();
    const outcome = await submit('+14155550123', { sender: 'Acme' });
    assert.ok(outcome.kind === 'accepted');
    assert.deepEqual(handset.list('+14155550123'), [
      {
        id: outcome.carrierMessageIds[0],
        to: '+14155550123',
        from: 'Acme',
        channel: 'sms',
        body: 'Your code is 483920',
        code: '483920',
        receivedAtMs: MANUAL_CLOCK_START_MS,
      },
    ]);
    assert.deepEqual(states(), []);
    await clock.advance(RECEIPT_DELAY_MS);
    assert.deepEqual(states(), ['accepted']);
    await clock.advance(RECEIPT_DELAY_MS);
    assert.deepEqual(states(), ['accepted', 'delivered']);
    assert.equal(receipts[1]?.receivedAtMs, MANUAL_CLOCK_START_MS + 2 * RECEIPT_DELAY_MS);
    assert.equal(clock.pendingTimers(), 0);
  });

  it('without a delay is reported as soon as submit has answered', async () => {
    const { clock, states, submit } = createRig({ receiptDelayMs: 0 });
    await submit('+14155550123');
    assert.deepEqual(states(), []);
    await clock.advance(2);
    assert.deepEqual(states(), ['accepted', 'delivered']);
  });

  it('takes calls and e-mails too, with their subject, and names a sender where the message has none', async () => {
    const { handset, submit } = createRig({ defaultSender: 'Demo' });
    await submit('+14155550123', { channel: 'voice', body: 'Your code is 4, 8, 3.' });
    await submit('Ann@example.net', { channel: 'email', subject: 'Your code' });
    const [email, call] = handset.list();
    assert.deepEqual([email?.channel, email?.subject, email?.from], ['email', 'Your code', 'Demo']);
    assert.deepEqual(
      [call?.channel, call?.subject, call?.body],
      ['voice', undefined, 'Your code is 4, 8, 3.'],
    );
  });
});

describe('a magic recipient', () => {
  it('late: arrives and is delivered twenty seconds later', async () => {
    const { clock, handset, states, submit } = createRig();
    assert.equal((await submit(magic('late'))).kind, 'accepted');
    await clock.advance(19_000);
    assert.deepEqual([handset.list().length, states()], [0, ['accepted']]);
    await clock.advance(1500);
    assert.deepEqual([handset.list().length, states()], [1, ['accepted', 'delivered']]);
  });

  it('undelivered: is accepted, never shows and fails by receipt', async () => {
    const { clock, handset, receipts, states, submit } = createRig();
    assert.equal((await submit(magic('undelivered'))).kind, 'accepted');
    await clock.advance(60_000);
    assert.deepEqual([handset.list().length, states()], [0, ['accepted', 'failed']]);
    assert.equal(receipts[1]?.reason, 'absent-subscriber');
  });

  it('refused: is refused for good however often it is tried', async () => {
    const { clock, handset, states, submit } = createRig();
    for (let attempt = 0; attempt < 3; attempt += 1)
      assert.deepEqual(await submit(magic('refused')), {
        kind: 'refused',
        reason: 'invalid-destination',
        permanent: true,
      });
    await clock.advance(60_000);
    assert.deepEqual([handset.list().length, states()], [0, []]);
  });

  for (const [name, reason, retryAfterMs] of [
    ['refused-twice', 'queue-full', undefined],
    ['throttled', 'throttled', 2000],
  ] as const) {
    it(`${name}: is refused for now twice, then accepted; each message counts for itself`, async () => {
      const { handset, submit } = createRig();
      for (const id of ['first', 'second']) {
        for (let attempt = 0; attempt < 2; attempt += 1) {
          const outcome = await submit(magic(name), { id });
          assert.ok(outcome.kind === 'refused');
          assert.deepEqual(
            [outcome.reason, outcome.permanent, outcome.retryAfterMs],
            [reason, false, retryAfterMs],
          );
        }
        assert.equal((await submit(magic(name), { id })).kind, 'accepted');
      }
      assert.equal(handset.list().length, 2);
    });
  }

  it('early-receipt: the receipt is in before submit has answered', async () => {
    const order: string[] = [];
    const { submit } = createRig({ receipts: async (receipt) => void order.push(receipt.state) });
    await submit(magic('early-receipt')).then((outcome) => order.push(outcome.kind));
    assert.deepEqual(order, ['delivered', 'accepted']);
  });

  it('early-receipt: a sink that hangs holds the submit only until it is given up', async () => {
    const { submit } = createRig({ receipts: () => new Promise(() => undefined) });
    const givenUp = new AbortController();
    const outcome = submit(magic('early-receipt'), {}, givenUp.signal);
    givenUp.abort();
    assert.deepEqual(await outcome, { kind: 'unknown', reason: 'aborted' });
  });

  it('lost-receipt: shows, and nothing is ever reported', async () => {
    const { clock, handset, states, submit } = createRig();
    assert.equal((await submit(magic('lost-receipt'))).kind, 'accepted');
    await clock.advance(3_600_000);
    assert.deepEqual([handset.list().length, states()], [1, []]);
  });

  it('repeated-receipts: each comes again, and one that says less comes late', async () => {
    const { clock, states, submit } = createRig();
    await submit(magic('repeated-receipts'));
    await clock.advance(10 * RECEIPT_DELAY_MS);
    assert.deepEqual(states(), ['accepted', 'accepted', 'delivered', 'delivered', 'accepted', 'delivered']);
  });

  it('unknown: the answer is lost although the message shows', async () => {
    const { clock, handset, states, submit } = createRig();
    assert.deepEqual(await submit(magic('unknown')), { kind: 'unknown', reason: 'answer-lost' });
    await clock.advance(60_000);
    assert.deepEqual([handset.list().length, states()], [1, []]);
  });

  it('silent: is not answered until it is given up, and never shows', async () => {
    const { clock, handset, submit } = createRig();
    const givenUp = new AbortController();
    let answered = false;
    const outcome = submit(magic('silent'), {}, givenUp.signal).finally(() => {
      answered = true;
    });
    await clock.advance(3_600_000);
    assert.equal(answered, false);
    givenUp.abort();
    assert.deepEqual(await outcome, { kind: 'unknown', reason: 'aborted' });
    assert.equal(handset.list().length, 0);
  });

  it('of e-mail misbehaves in any case and with any plus tag', async () => {
    const { submit } = createRig();
    for (const to of ['refused@example.com', 'Refused@Example.com', 'refused+try-7@example.com'])
      assert.equal((await submit(to, { channel: 'email' })).kind, 'refused', to);
    for (const to of ['refused@example.net', 'not-refused@example.com'])
      assert.equal((await submit(to, { channel: 'email' })).kind, 'accepted', to);
  });
});

describe('limits', () => {
  it('a receipt that the sink refuses is offered again, a few times', async () => {
    let offered = 0;
    const { clock, submit } = createRig({
      receipts: async () => {
        offered += 1;
        throw new Error('not now');
      },
    });
    await submit(magic('early-receipt'));
    await clock.advance(3_600_000);
    assert.equal(offered, RECEIPT_TRIES_MAX);
    assert.equal(clock.pendingTimers(), 0);
  });

  it('more waiting receipts than it holds: submits are throttled until they have gone', async () => {
    const { clock, submit } = createRig({
      timers: { setTimeout: () => ({ unref: () => undefined }), clearTimeout: () => undefined },
    });
    for (let n = 0; n < AGENDA_ENTRIES_MAX; n += 1) await submit('+14155550123');
    const outcome = await submit('+14155550123');
    assert.ok(outcome.kind === 'refused');
    assert.deepEqual([outcome.reason, outcome.permanent], ['throttled', false]);
    assert.equal(clock.pendingTimers(), 0);
  });
});
