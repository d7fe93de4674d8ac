/** Money: what a message costs, what is given back, and that nobody spends what is not there. */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { createEngineHarness, startCommand } from '../../test/support/engine-harness.ts';
import { openTestStore } from '../../test/support/open-test-store.ts';
import { rejectsWith } from '../../test/support/rejects-with.ts';
import type { Principal } from '../core/principal.ts';

const PRICES = {
  currency: 'EUR',
  defaultMicros: 10_000,
  rates: [{ channel: 'sms', prefix: '+1', micros: 7_500 }],
} as const;
const ANOTHER = { onPending: 'start-another', cooldownSeconds: 0 } as const;

describe('the price of a message', async () => {
  const store = await openTestStore();
  after(() => store[Symbol.asyncDispose]());
  let seeds = 0;

  async function begin(balanceMicros: number) {
    seeds += 1;
    const harness = await createEngineHarness(store, { seed: `charge-${seeds}`, prices: PRICES, limits: [] });
    const principal = await harness.createPrincipal();
    await harness.engine.topUp(principal, balanceMicros);
    const start = (options: Parameters<typeof startCommand>[0] = {}) =>
      harness.engine.startVerification(principal, startCommand({ policy: ANOTHER, ...options }));
    const balance = async (of: Principal = principal) => (await harness.engine.getBalance(of)).balanceMicros;
    return { ...harness, principal, start, balance };
  }

  it('is taken by the rate of its prefix, and shown in the ledger', async () => {
    const { start, balance, engine, principal } = await begin(100_000);
    const { message } = await start();
    assert.equal(await balance(), 92_500);
    const { items } = await engine.listLedger(principal, { limit: 10 });
    assert.deepEqual(
      items.map(({ kind, amountMicros, messageId }) => [kind, amountMicros, messageId]),
      [
        ['charge', -7_500, message.id],
        ['top-up', 100_000, undefined],
      ],
    );
  });

  it('is taken for a resend and for a text too', async () => {
    const { start, balance, engine, principal } = await begin(100_000);
    const { verification } = await start();
    await engine.sendAgain(principal, { verificationId: verification.id, channel: 'voice' });
    assert.equal(await balance(), 82_500);
    const policy = { numberStrictness: 'valid' } as const;
    const to = '+442079460000';
    await engine.sendMessage(principal, {
      dialect: 'native',
      to,
      channel: 'sms',
      body: 'x'.repeat(161),
      policy,
    });
    assert.equal(await balance(), 62_500);
  });

  it('is refused when the balance is too low, with nothing written', async () => {
    const { start, balance, engine, principal, carrier } = await begin(7_499);
    await rejectsWith(start(), 'insufficient_balance');
    assert.equal(await balance(), 7_499);
    assert.equal((await engine.listVerifications(principal, {}, { limit: 10 })).items.length, 0);
    assert.equal(carrier.sent.length, 0);
  });

  it('cannot be overdrawn by starts at once', async () => {
    const { start, balance } = await begin(30_000);
    const starts = await Promise.allSettled(Array.from({ length: 20 }, () => start()));
    assert.equal(starts.filter(({ status }) => status === 'fulfilled').length, 4);
    assert.equal(await balance(), 0);
  });

  it('is given back when every carrier refused it for good', async () => {
    const { start, balance, carrier, dispatcher } = await begin(100_000);
    carrier.answer = () => ({ kind: 'refused', reason: 'invalid-destination', permanent: true });
    await start();
    await dispatcher.settled();
    assert.equal(await balance(), 100_000);
  });

  it('is given back when it is canceled unsent', async () => {
    const { start, balance, carrier, dispatcher, engine, principal } = await begin(100_000);
    carrier.answer = () => ({ kind: 'refused', reason: 'busy', permanent: false });
    const { verification } = await start();
    await dispatcher.settled();
    await engine.cancelVerification(principal, verification.id);
    assert.equal(await balance(), 100_000);
  });

  it('is kept when a message was accepted and then not delivered', async () => {
    const { start, balance, receive, dispatcher } = await begin(100_000);
    const { message } = await start();
    await dispatcher.settled();
    await receive({ carrierMessageId: `main-${message.id}`, state: 'failed' });
    assert.equal(await balance(), 92_500);
  });

  it('counts towards the cap of a day', async () => {
    const { start, engine, principal, clock } = await begin(1_000_000);
    await engine.setDailyCap(principal, 15_000);
    await start();
    await start();
    const refused = await rejectsWith(start(), 'spending_cap_reached');
    clock.step(clock.now() + (refused.details.retryAfterSeconds ?? 0) * 1000);
    await start();
  });

  it('is nothing for a test key and for a tenant with no balance', async () => {
    const { engine, createPrincipal } = await begin(0);
    const free = await createPrincipal();
    await engine.startVerification(free, startCommand());
    assert.deepEqual(await engine.getBalance(free), { currency: 'EUR' });
    await rejectsWith(engine.setDailyCap(free, 1), 'conflict');
  });

  it('of a top-up with a known reference is booked once', async () => {
    const { engine, principal, balance } = await begin(0);
    await engine.topUp(principal, 5_000_000, 'invoice-7');
    await engine.topUp(principal, 5_000_000, 'invoice-7');
    assert.equal(await balance(), 5_000_000);
    await rejectsWith(engine.topUp(principal, -5_000_001), 'invalid_request');
    await engine.topUp(principal, -5_000_000);
    assert.equal(await balance(), 0);
  });
});
