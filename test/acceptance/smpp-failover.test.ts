// The operator's SMSC dies under load and comes back: the real engine and store, the carrier over TCP, with time moved by hand. What is
// promised: no verification that was accepted is left without a message, no code goes out after its life, traffic returns, and
// every double message has its reason on the timeline.
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { countEvent } from '../../src/app/count-event.ts';
import { createSmpp } from '../../src/carriers/smpp/smpp.ts';
import type { ReceiptSink } from '../../src/engine/ports.ts';
import { recordReceipt } from '../../src/engine/record-receipt.ts';
import { connectSmpp } from '../../src/smpp/client.ts';
import { createSmsc, type Smsc } from '../../src/smsc/smsc.ts';
import type { SmscOptions } from '../../src/smsc/smsc-options.ts';
import { createCountingMetrics } from '../support/counting-metrics.ts';
import { createEngineHarness, startCommand } from '../support/engine-harness.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { openTestStore } from '../support/open-test-store.ts';
import { createScriptedCarrier } from '../support/scripted-carrier.ts';
import { createCarrierDeps, SMPP_TEST_SETTINGS } from '../support/smpp-carrier-rig.ts';

const VERIFICATIONS = 60;
const KILLED_AFTER = 20;
/** Small, so that what the network does in one turn of the event loop never takes long on this clock. */
const STEP_MS = 20;

describe('main is killed under load', async () => {
  const clock = createManualClock();
  const timers = {
    now: clock.now,
    setTimeout: clock.timers.setTimeout,
    clearTimeout: (handle: unknown) => clock.timers.clearTimeout(handle as never),
  };
  const smscs: Smsc[] = [];
  async function startSmsc(options: SmscOptions, port = 0) {
    const smsc = createSmsc({ timers, clock: clock.now, latencyMs: [20, 60], ...options });
    smscs.push(smsc);
    return { smsc, port: await smsc.listen(port) };
  }
  async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
    for (let step = 0; !(await condition()); step += 1) {
      assert.ok(step < 10_000, 'what the test waits for has not come about');
      await clock.advance(STEP_MS);
    }
  }

  const killed = Promise.withResolvers<void>();
  const { smsc: first, port } = await startSmsc({
    onSubmit: () => {
      if (first.submitted.total !== KILLED_AFTER) return;
      void first.destroy().then(killed.resolve);
    },
  });
  const store = await openTestStore();
  let receive: ReceiptSink = () => Promise.reject(new Error('the engine is not there yet'));
  const deps = createCarrierDeps(clock, { receipts: (receipt) => receive(receipt) });
  const settings = { ...SMPP_TEST_SETTINGS, host: '127.0.0.1', port, binds: 2, messagesPerSecond: 200 };
  const main = createSmpp('main', settings, deps, { connect: connectSmpp, now: clock.now });
  const spare = createScriptedCarrier('spare');
  const spareAt = new Map<string, number>();
  spare.answer = ({ to, id }) => {
    spareAt.set(to, clock.now());
    return { kind: 'accepted', carrierMessageIds: [`spare-${id}`] };
  };
  const harness = await createEngineHarness(store, { clock, carriers: [main, spare], limits: [] });
  receive = async (receipt) => void (await recordReceipt(harness.context, receipt));
  const principal = await harness.createPrincipal();
  after(async () => {
    await main[Symbol.asyncDispose]();
    for (const smsc of smscs) await smsc.destroy();
    await store[Symbol.asyncDispose]();
  });

  const start = (to: string) => {
    const command = startCommand({ to });
    const policy = { ...command.policy, numberStrictness: 'syntax' as const };
    return harness.engine.startVerification(principal, { ...command, policy });
  };
  const numberOf = (index: number) => `+1415556${String(index).padStart(4, '0')}`;
  const messageOf = async (verificationId: string) => {
    const view = await harness.engine.getVerification(principal, verificationId);
    const message = view.messages?.[0];
    assert.ok(message);
    return message;
  };
  const sentByMain = (to: string) => smscs.flatMap(({ submitted }) => submitted.textsTo(to.slice(1)));

  await until(() => main.health().state === 'up');
  const numbers = Array.from({ length: VERIFICATIONS }, (_, index) => numberOf(index));
  const replies = await Promise.all(numbers.map(start));
  await until(async () => {
    await harness.dispatcher.claimDue();
    const messages = await Promise.all(replies.map(({ verification }) => messageOf(verification.id)));
    return messages.every(({ state }) => state !== 'queued');
  });
  await killed.promise;

  it('every accepted verification has its message, by one carrier or the other', async () => {
    let bySpare = 0;
    for (const [index, { verification }] of replies.entries()) {
      const to = numbers[index] ?? '';
      const { state, carrier } = await messageOf(verification.id);
      assert.ok(state === 'accepted' || state === 'delivered', state);
      if (carrier === 'spare') bySpare += 1;
      assert.ok(carrier === 'spare' ? spareAt.has(to) : sentByMain(to).length > 0);
    }
    assert.ok(bySpare >= VERIFICATIONS - KILLED_AFTER, `${bySpare} went by spare`);
  });

  it('no code goes out after its life', () => {
    for (const [index, { verification }] of replies.entries()) {
      const atMs = spareAt.get(numbers[index] ?? '') ?? 0;
      assert.ok(atMs < verification.expiresAtMs);
    }
  });

  it('a message went twice only where nobody knew what became of the first, and the timeline says so', async () => {
    const doubles = numbers.filter((to) => spareAt.has(to) && sentByMain(to).length > 0);
    assert.ok(doubles.length > 0, 'the SMSC died with submits unanswered');
    for (const to of doubles) {
      const { verification } = replies[numbers.indexOf(to)] ?? assert.fail();
      const filter = { verificationId: verification.id };
      const { items } = await harness.engine.listEvents(principal, filter, { limit: 50 });
      const unknown = items.find(({ type }) => type === 'message.unknown');
      assert.deepEqual([unknown?.data.carrier, unknown?.data.reason], ['main', 'disconnected']);
      const texts = [...sentByMain(to), spare.sent.find((message) => message.to === to)?.body];
      assert.equal(new Set(texts).size, 1, 'the same code');
    }
    const metrics = createCountingMetrics();
    for (const event of harness.announced) countEvent(metrics, event);
    const counted = metrics.valueOf('otpost_messages_total', 'main', 'sms', 'unknown');
    assert.ok(counted >= doubles.length, 'no double message but those that are counted');
  });

  it('main back, traffic returns to it, and its receipts are taken', async () => {
    const { smsc } = await startSmsc({}, port);
    await until(() => main.health().state === 'up');
    let index = VERIFICATIONS;
    let last: Awaited<ReturnType<typeof start>> | undefined;
    await until(async () => {
      last = await start(numberOf(index));
      index += 1;
      await clock.advance(1_000);
      return smsc.submitted.total > 0;
    });
    const { verification } = last ?? assert.fail();
    await until(async () => (await messageOf(verification.id)).state === 'delivered');
    assert.equal((await messageOf(verification.id)).carrier, 'main');
    const code = /\d{6}/.exec(sentByMain(numberOf(index - 1))[0] ?? '')?.[0];
    const check = { verificationId: verification.id, code };
    assert.equal((await harness.engine.checkVerification(principal, check)).outcome, 'approved');
  });
});
