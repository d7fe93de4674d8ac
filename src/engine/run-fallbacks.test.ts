import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { createEngineHarness, everyChannelBy, startCommand } from '../../test/support/engine-harness.ts';
import { openTestStore } from '../../test/support/open-test-store.ts';
import { rejectsWith } from '../../test/support/rejects-with.ts';
import { createScriptedCarrier } from '../../test/support/scripted-carrier.ts';
import type { FallbackStep } from '../core/policy.ts';
import type { Store } from './ports.ts';
import { runDueFallbacks } from './run-fallbacks.ts';

const VOICE_THEN_SMS: readonly FallbackStep[] = [
  { channel: 'voice', afterSeconds: 30 },
  { channel: 'sms', afterSeconds: 20 },
];

describe('a fallback', () => {
  const stores: Store[] = [];
  after(() => Promise.all(stores.map((store) => store[Symbol.asyncDispose]())));

  async function openStore(): Promise<Store> {
    const store = await openTestStore();
    stores.push(store);
    return store;
  }

  async function begin(fallback: readonly FallbackStep[], policy: object = {}) {
    const first = createScriptedCarrier('first');
    const second = createScriptedCarrier('second');
    const harness = await createEngineHarness(await openStore(), { carriers: [first, second] });
    const principal = await harness.createPrincipal();
    const command = startCommand({ to: '+14155550150', policy: { fallback, ...policy } });
    const { verification, message } = await harness.engine.startVerification(principal, command);
    await harness.dispatcher.settled();
    const wait = async (seconds: number) => {
      harness.clock.step(harness.clock.now() + seconds * 1000);
      await runDueFallbacks(harness.context);
      await harness.dispatcher.settled();
    };
    const sent = () => [...first.sent, ...second.sent].map(({ channel }) => channel);
    return { ...harness, principal, verification, message, first, second, wait, sent };
  }

  it('sends the same code by the next channel when nothing was delivered in time', async () => {
    const { wait, sent, first } = await begin(VOICE_THEN_SMS);
    await wait(29);
    assert.deepEqual(sent(), ['sms']);
    await wait(1);
    assert.deepEqual(sent(), ['sms', 'voice']);
    assert.equal(first.sent[0]?.code, first.sent[1]?.code);
  });

  it('passes over the carrier that had its turn by this channel', async () => {
    const { wait, first, second } = await begin(VOICE_THEN_SMS);
    await wait(30);
    await wait(20);
    assert.deepEqual(
      first.sent.map(({ channel }) => channel),
      ['sms', 'voice'],
    );
    assert.deepEqual(
      second.sent.map(({ channel }) => channel),
      ['sms'],
    );
    await wait(600);
    assert.equal(first.sent.length + second.sent.length, 3);
  });

  it('is called off by a receipt of delivery', async () => {
    const { wait, sent, receive, message } = await begin(VOICE_THEN_SMS);
    await receive({ carrierMessageId: `first-${message.id}`, state: 'delivered' }, 'first');
    await wait(60);
    assert.deepEqual(sent(), ['sms']);
  });

  it('that is optional is left out where the address or the routes do not have it', async () => {
    const harness = await createEngineHarness(await openStore(), {
      routes: [
        { channel: 'sms', carriers: [{ id: 'main' }] },
        { channel: 'voice', prefix: '+1', carriers: [{ id: 'main' }] },
        { channel: 'email', carriers: [{ id: 'main' }] },
      ],
    });
    const principal = await harness.createPrincipal();
    const start = async (to: string, channel: 'sms' | 'email', isOptional: boolean) => {
      const fallback = [{ channel: 'voice', afterSeconds: 30, isOptional } as const];
      const command = startCommand({ to, channel, policy: { fallback } });
      await harness.engine.startVerification(principal, command);
    };
    await start('+14155550150', 'sms', true);
    await start('+995555123456', 'sms', true);
    await start('a@b.example', 'email', true);
    await rejectsWith(start('+995555123457', 'sms', false), 'channel_unavailable');
    await rejectsWith(start('c@d.example', 'email', false), 'channel_unavailable');
    harness.clock.step(harness.clock.now() + 30_000);
    await runDueFallbacks(harness.context);
    await harness.dispatcher.settled();
    assert.deepEqual(
      harness.carrier.sent.map(({ channel, to }) => [channel, to]),
      [
        ['sms', '+14155550150'],
        ['sms', '+995555123456'],
        ['email', 'a@b.example'],
        ['voice', '+14155550150'],
      ],
    );
  });

  it('is called off by the approval', async () => {
    const { wait, sent, engine, principal, verification, first } = await begin(VOICE_THEN_SMS);
    const check = { verificationId: verification.id, code: first.sent[0]?.code };
    await engine.checkVerification(principal, check);
    await wait(60);
    assert.deepEqual(sent(), ['sms']);
  });

  it('is run by one of two nodes', async () => {
    const { clock, context, sent, dispatcher } = await begin(VOICE_THEN_SMS);
    clock.step(clock.now() + 30_000);
    await Promise.all([runDueFallbacks(context), runDueFallbacks(context)]);
    await dispatcher.settled();
    assert.deepEqual(sent(), ['sms', 'voice']);
  });

  it('keeps to sendsMax', async () => {
    const { wait, sent } = await begin(VOICE_THEN_SMS, { sendsMax: 2 });
    await wait(30);
    await wait(20);
    assert.deepEqual(sent(), ['sms', 'voice']);
  });

  it('is refused at the start where it has no route or another kind of address', async () => {
    const onlySms = createScriptedCarrier('first', { channels: ['sms'] });
    const harness = await createEngineHarness(await openStore(), {
      carriers: [onlySms],
      seed: 'no-voice',
      routes: everyChannelBy(['first']),
    });
    const principal = await harness.createPrincipal();
    for (const channel of ['voice', 'email'] as const) {
      const command = startCommand({ policy: { fallback: [{ channel, afterSeconds: 30 }] } });
      await rejectsWith(harness.engine.startVerification(principal, command), 'channel_unavailable');
    }
  });
});
