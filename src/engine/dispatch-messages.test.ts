/** Messages on their way: failover, retries, receipts, leases and shutdown, on SQLite with scripted carriers. */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { createEngineHarness, type HarnessOptions, startCommand } from '../../test/support/engine-harness.ts';
import { openTestStore } from '../../test/support/open-test-store.ts';
import { createScriptedCarrier } from '../../test/support/scripted-carrier.ts';
import type { SubmitOutcome } from '../core/delivery.ts';
import { LEASE_MS, SUBMIT_TIMEOUT_MS } from './dispatch-messages.ts';

const BUSY: SubmitOutcome = { kind: 'refused', reason: 'busy', permanent: false };
const REFUSED: SubmitOutcome = { kind: 'refused', reason: 'invalid-destination', permanent: true };
const UNKNOWN: SubmitOutcome = { kind: 'unknown', reason: 'no-answer' };
const HOUR_MS = 3_600_000;

describe('a message', async () => {
  const store = await openTestStore();
  after(() => store[Symbol.asyncDispose]());
  let numbers = 0;

  async function begin(options: HarnessOptions = {}) {
    numbers += 1;
    const first = createScriptedCarrier('first');
    const second = createScriptedCarrier('second');
    const harness = await createEngineHarness(store, {
      carriers: [first, second],
      seed: `dispatch-${numbers}`,
      ...options,
    });
    const principal = await harness.createPrincipal();
    const to = `+1415555${String(numbers).padStart(4, '0')}`;
    const start = async () => {
      const command = startCommand({ to, policy: { numberStrictness: 'possible' } });
      const { verification, message } = await harness.engine.startVerification(principal, command);
      await harness.dispatcher.settled();
      const show = () => harness.engine.getMessage(principal, message.id);
      return { verification, message, show };
    };
    return { ...harness, principal, first, second, start };
  }

  it('goes to the first carrier of its route, once', async () => {
    const { start, first, second } = await begin();
    const { show } = await start();
    assert.deepEqual([first.sent.length, second.sent.length], [1, 0]);
    assert.deepEqual([(await show()).state, (await show()).carrier], ['accepted', 'first']);
  });

  it('goes to the next carrier at once when refused for good', async () => {
    const { start, first, second } = await begin();
    first.answer = () => REFUSED;
    const { show } = await start();
    assert.deepEqual([first.sent.length, second.sent.length], [1, 1]);
    assert.deepEqual([(await show()).state, (await show()).carrier], ['accepted', 'second']);
  });

  it('goes out with the same code by the next carrier when the outcome is unknown', async () => {
    const { start, first, second } = await begin();
    first.answer = () => UNKNOWN;
    await start();
    assert.equal(first.sent[0]?.code, second.sent[0]?.code);
  });

  it('treats a carrier that throws as an unknown outcome', async () => {
    const { start, first, second } = await begin();
    first.answer = () => {
      throw new Error('a bug in the carrier');
    };
    await start();
    assert.equal(second.sent.length, 1);
  });

  it('fails when every carrier refused it for good', async () => {
    const { start, first, second } = await begin();
    first.answer = () => REFUSED;
    second.answer = () => REFUSED;
    const { show } = await start();
    assert.deepEqual([(await show()).state, (await show()).failure], ['failed', 'invalid-destination']);
  });

  it('waits a moment for a carrier that is busy for a moment', async () => {
    const { start, first, second, clock, dispatch } = await begin();
    first.answer = () => BUSY;
    const { show } = await start();
    assert.deepEqual([(await show()).state, first.sent.length, second.sent.length], ['queued', 1, 0]);
    first.answer = (message) => ({ kind: 'accepted', carrierMessageIds: [message.id] });
    await dispatch();
    assert.equal(first.sent.length, 1, 'not before its time');
    clock.step(clock.now() + 1_000);
    await dispatch();
    assert.deepEqual([first.sent.length, (await show()).state], [2, 'accepted']);
  });

  it('changes the carrier rather than wait long', async () => {
    const { start, first, second } = await begin();
    first.answer = () => ({ ...BUSY, retryAfterMs: 30_000 });
    await start();
    assert.equal(second.sent.length, 1);
  });

  it('prefers a carrier that is up', async () => {
    const { start, first, second } = await begin();
    first.state = 'down';
    await start();
    assert.deepEqual([first.sent.length, second.sent.length], [0, 1]);
  });

  it('ends as expired when nobody took it in the life of its code, and never goes out after', async () => {
    const { start, first, second, clock, dispatch } = await begin();
    first.answer = () => BUSY;
    second.answer = () => BUSY;
    const { show, verification } = await start();
    while ((await show()).state === 'queued' && clock.now() < verification.expiresAtMs + HOUR_MS) {
      clock.step(clock.now() + 60_000);
      await dispatch();
    }
    assert(['failed', 'expired'].includes((await show()).state), (await show()).state);
    assert(clock.now() <= verification.expiresAtMs + 60_000);
  });

  it('ends unconfirmed after three unknown outcomes', async () => {
    const only = createScriptedCarrier('only');
    only.answer = () => UNKNOWN;
    const { start, clock, dispatch } = await begin({ carriers: [only] });
    const { show } = await start();
    for (let tries = 0; tries < 5; tries += 1) {
      clock.step(clock.now() + 60_000);
      await dispatch();
    }
    assert.deepEqual([(await show()).state, only.sent.length], ['unconfirmed', 3]);
  });

  it('is canceled while it waits when its verification is approved by an earlier message', async () => {
    const { start, first, second, clock, dispatch, engine, principal } = await begin();
    const { verification } = await start();
    const code = first.sent[0]?.code;
    first.answer = () => BUSY;
    second.answer = () => BUSY;
    clock.step(clock.now() + 30_000);
    const { message } = await engine.sendAgain(principal, { verificationId: verification.id });
    await dispatch();
    await engine.checkVerification(principal, { verificationId: verification.id, code });
    assert.equal((await engine.getMessage(principal, message.id)).state, 'canceled');
    const before = first.sent.length;
    clock.step(clock.now() + 60_000);
    await dispatch();
    assert.equal(first.sent.length, before);
  });

  it('of a test key goes through simulated carriers only', async () => {
    const real = createScriptedCarrier('real');
    const phone = createScriptedCarrier('phone', { isSimulated: true });
    const { engine, dispatcher, createPrincipal } = await begin({ carriers: [real, phone] });
    const principal = await createPrincipal('test');
    await engine.startVerification(principal, startCommand({ to: '+14155552671' }));
    await dispatcher.settled();
    assert.deepEqual([real.sent.length, phone.sent.length], [0, 1]);
  });

  it('waits for a carrier when all are down, without counting attempts', async () => {
    const only = createScriptedCarrier('only');
    only.state = 'down';
    const { start, clock, dispatch, engine, principal } = await begin({ carriers: [only] });
    const { show, verification } = await start();
    assert.deepEqual(
      [(await show()).state, (await show()).failure, only.sent.length],
      ['queued', 'carriers-down', 0],
    );
    clock.step(clock.now() + 2_000);
    await dispatch();
    only.state = 'up';
    clock.step(clock.now() + 2_000);
    await dispatch();
    assert.deepEqual([(await show()).state, (await show()).failure], ['accepted', undefined]);
    const { items } = await engine.listEvents(principal, { verificationId: verification.id }, { limit: 20 });
    assert.equal(items.filter(({ type }) => type === 'message.deferred').length, 1);
  });

  it('expires when every carrier stays down for the life of its code', async () => {
    const only = createScriptedCarrier('only');
    only.state = 'down';
    const { start, clock, dispatch } = await begin({ carriers: [only] });
    const { show, verification } = await start();
    clock.step(verification.expiresAtMs);
    await dispatch();
    assert.deepEqual([(await show()).state, only.sent.length], ['expired', 0]);
  });

  it('leaves a carrier that keeps failing alone, and finds it again when it works', async () => {
    const { engine, first, second, clock, dispatcher, createPrincipal } = await begin();
    const principal = await createPrincipal();
    const send = async (last: number) => {
      const to = `+1415556${String(last).padStart(4, '0')}`;
      await engine.startVerification(
        principal,
        startCommand({ to, policy: { numberStrictness: 'possible' } }),
      );
      await dispatcher.settled();
    };
    first.answer = () => UNKNOWN;
    for (let sends = 0; sends < 8; sends += 1) await send(sends);
    assert.deepEqual([first.sent.length, second.sent.length], [5, 8]);
    first.answer = ({ id }) => ({ kind: 'accepted', carrierMessageIds: [id] });
    clock.step(clock.now() + 5_000);
    await send(8);
    await send(9);
    assert.deepEqual([first.sent.length, second.sent.length], [7, 8]);
  });

  describe('with receipts', () => {
    it('is delivered by one, and a repeat or regression changes nothing', async () => {
      const { start, receive } = await begin();
      const { message, show } = await start();
      const carrierMessageId = `first-${message.id}`;
      for (const state of ['delivered', 'delivered', 'failed', 'accepted'] as const) {
        await receive({ carrierMessageId, state }, 'first');
        assert.equal((await show()).state, 'delivered');
      }
    });

    it('is delivered by one that came before its submit was recorded', async () => {
      const { start, first, receive } = await begin();
      first.answer = async (message) => {
        await receive({ carrierMessageId: `early-${message.id}`, state: 'delivered' }, 'first');
        return { kind: 'accepted', carrierMessageIds: [`early-${message.id}`] };
      };
      const { show } = await start();
      assert.equal((await show()).state, 'delivered');
    });

    it('of several parts is delivered by the last of them, and failed by one', async () => {
      const { start, first, receive } = await begin();
      first.answer = ({ id }) => ({ kind: 'accepted', carrierMessageIds: [`1-${id}`, `2-${id}`] });
      const { message, show } = await start();
      await receive({ carrierMessageId: `2-${message.id}`, state: 'delivered' }, 'first');
      assert.equal((await show()).state, 'accepted');
      await receive({ carrierMessageId: `1-${message.id}`, state: 'failed' }, 'first');
      assert.equal((await show()).state, 'failed');
    });

    it('ends unconfirmed when none comes, and a late one still counts', async () => {
      const { start, clock, sweep, receive } = await begin();
      const { message, show } = await start();
      clock.step(clock.now() + 48 * HOUR_MS + 1);
      await sweep();
      assert.equal((await show()).state, 'unconfirmed');
      await receive({ carrierMessageId: `first-${message.id}`, state: 'delivered' }, 'first');
      assert.equal((await show()).state, 'delivered');
    });

    it('is not touched by one of another carrier with the same id', async () => {
      const { start, receive } = await begin();
      const { message, show } = await start();
      await receive({ carrierMessageId: `first-${message.id}`, state: 'delivered' }, 'second');
      assert.equal((await show()).state, 'accepted');
    });
  });

  describe('when its node dies', () => {
    it('is sent by another node after the lease', async () => {
      const { start, first, second, clock } = await begin();
      first.answer = () => new Promise(() => {});
      second.answer = () => new Promise(() => {});
      void start();
      await clock.settle();
      assert.equal(first.sent.length, 1);
      const other = createScriptedCarrier('first');
      const heir = await createEngineHarness(store, {
        carriers: [other],
        seed: `dispatch-${numbers}`,
        node: 'node-b',
        clock,
      });
      await heir.dispatch();
      assert.equal(other.sent.length, 0, 'not while the lease lasts');
      clock.step(clock.now() + LEASE_MS);
      await heir.dispatch();
      assert.equal(other.sent[0]?.code, first.sent[0]?.code);
    });

    it('is not finished by the old node once another has taken it over', async () => {
      const { start, first, clock, dispatcher, principal, engine } = await begin();
      let answer: (outcome: SubmitOutcome) => void = () => {};
      first.answer = () =>
        new Promise((resolve) => {
          answer = resolve;
        });
      const dying = start();
      await clock.settle();
      clock.step(clock.now() + LEASE_MS);
      const other = createScriptedCarrier('first');
      const heir = await createEngineHarness(store, {
        carriers: [other],
        seed: `dispatch-${numbers}`,
        node: 'node-b',
        clock,
      });
      await heir.dispatch();
      answer(REFUSED);
      await dispatcher.settled();
      const { message } = await dying;
      assert.deepEqual([(await engine.getMessage(principal, message.id)).state], ['accepted']);
    });
  });

  describe('at shutdown', () => {
    it('is given back when it was not begun, and the next start of a node sends it', async () => {
      const { engine, dispatcher, principal, clock, first } = await begin();
      await dispatcher.stop(1_000);
      await engine.startVerification(principal, startCommand({ to: '+14155552671' }));
      await dispatcher.settled();
      assert.equal(first.sent.length, 0);
      const other = createScriptedCarrier('first');
      const heir = await createEngineHarness(store, {
        carriers: [other],
        seed: `dispatch-${numbers}`,
        node: 'node-b',
        clock,
      });
      await heir.dispatch();
      assert.equal(other.sent.length, 1);
    });

    it('is aborted after the grace when its carrier hangs, and counts as unknown', async () => {
      const hanging = createScriptedCarrier('hanging');
      hanging.answer = (_message, signal) =>
        new Promise((resolve) => signal.addEventListener('abort', () => resolve(UNKNOWN)));
      const { engine, dispatcher, principal, clock } = await begin({ carriers: [hanging] });
      const { message } = await engine.startVerification(principal, startCommand({ to: '+14155552672' }));
      await clock.settle();
      const stopped = dispatcher.stop(5_000);
      await clock.advance(5_000);
      await stopped;
      assert.equal((await engine.getMessage(principal, message.id)).state, 'queued');
    });

    it('is aborted when its carrier does not answer in time', async () => {
      const hanging = createScriptedCarrier('hanging');
      hanging.answer = (_message, signal) =>
        new Promise((resolve) => signal.addEventListener('abort', () => resolve(UNKNOWN)));
      const spare = createScriptedCarrier('spare');
      const { engine, dispatcher, principal, clock } = await begin({ carriers: [hanging, spare] });
      await engine.startVerification(principal, startCommand({ to: '+14155552673' }));
      await clock.settle();
      await clock.advance(SUBMIT_TIMEOUT_MS);
      await dispatcher.settled();
      assert.equal(spare.sent.length, 1);
    });
  });
});
