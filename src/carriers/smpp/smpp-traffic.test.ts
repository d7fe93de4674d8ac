/** How fast the carrier sends, and what throttling does to it, in memory and with time moved by hand. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSmppCarrierRig, finish } from '../../../test/support/smpp-carrier-rig.ts';
import { answering, setUpSmpp, whenUp } from '../../../test/support/smpp-with-smsc.ts';
import type { SubmitOutcome } from '../../core/delivery.ts';

describe('rate and windows', () => {
  it('messagesPerSecond is held exactly over all binds', async () => {
    const instants: number[] = [];
    const { rig, clock } = setUpSmpp(
      { settings: { binds: 3, window: 50, messagesPerSecond: 100 } },
      { onSubmit: () => instants.push(clock.now()), latencyMs: [5, 60] },
    );
    await whenUp(rig);
    const sent: Promise<SubmitOutcome>[] = [];
    for (let second = 0; second < 5; second++) {
      sent.push(...Array.from({ length: 100 }, () => rig.send()));
      for (let step = 0; step < 100; step++) await clock.advance(10);
    }
    const outcomes = await finish(Promise.all(sent), clock);
    assert.ok(outcomes.every(({ kind }) => kind === 'accepted'));
    const [firstMs = 0] = instants;
    instants.forEach((atMs) => {
      const inSecond = instants.filter((other) => other >= atMs && other < atMs + 1_000).length;
      assert.ok(inSecond <= 100, `${inSecond} in the second from ${atMs - firstMs} ms`);
    });
    assert.ok((instants.at(-1) ?? 0) - firstMs <= 5_000);
  });

  it('more than the rate can carry in five seconds is refused at once, as throttled', async () => {
    const { rig, clock } = setUpSmpp({ settings: { messagesPerSecond: 10 } });
    await whenUp(rig);
    const sent = Array.from({ length: 70 }, () => rig.send());
    const refused = await sent.at(-1);
    assert.ok(refused?.kind === 'refused' && refused.isThrottled && !refused.permanent);
    assert.equal(refused.reason, 'rate-limited');
    assert.ok((refused.retryAfterMs ?? 0) > 5_000);
    const outcomes = await finish(Promise.all(sent), clock);
    const accepted = outcomes.filter(({ kind }) => kind === 'accepted').length;
    assert.ok(accepted >= 50 && accepted <= 52, `${accepted} were accepted`);
  });

  it('no bind has more under way than its window, and the least loaded is next', async () => {
    const { rig, smsc, clock } = setUpSmpp({ settings: { binds: 2, window: 3 } }, { latencyMs: 1_000 });
    await whenUp(rig);
    const sent = Promise.all(Array.from({ length: 12 }, () => rig.send()));
    await clock.advance(10);
    assert.equal(smsc.submitted.total, 6);
    await clock.advance(1_000);
    assert.equal(smsc.submitted.total, 12);
    await finish(sent, clock);
  });

  it('a message given up while it waits for its turn has not left', async () => {
    const { rig, smsc, clock } = setUpSmpp({ settings: { window: 1 } }, { latencyMs: 1_000 });
    await whenUp(rig);
    const first = rig.send();
    const givenUp = new AbortController();
    const second = rig.send({}, givenUp.signal);
    givenUp.abort();
    assert.deepEqual(await second, { kind: 'refused', reason: 'aborted', permanent: false });
    await finish(first, clock);
    assert.equal(smsc.submitted.total, 1);
  });
});

describe('throttling', () => {
  it('backs off the bind that is told so, and the message goes by another', async () => {
    const throttling = answering(0x58);
    const { rig, smsc, clock } = setUpSmpp({ settings: { binds: 2 } }, {}, throttling.accept);
    await whenUp(rig);
    for (let i = 0; i < 5; i++) assert.equal((await finish(rig.send(), clock, 10)).kind, 'accepted');
    assert.equal(throttling.submits.length, 1);
    assert.equal(smsc.submitted.total, 5);
  });

  it('by every bind refuses for now, with longer and longer pauses and one try after each', async () => {
    const full = answering(0x14);
    const rig = createSmppCarrierRig(full.accept, { settings: { window: 20 } });
    await whenUp(rig);
    const outcome = await finish(rig.send(), rig.clock);
    assert.ok(outcome.kind === 'refused' && outcome.isThrottled && !outcome.permanent);
    assert.equal(outcome.reason, 'smpp-0x00000014');
    const tries: number[] = [];
    const pauses: number[] = [outcome.retryAfterMs ?? 0];
    for (let round = 0; round < 6; round++) {
      await rig.clock.advance(pauses.at(-1) ?? 0);
      const before = full.submits.length;
      const outcomes = await finish(Promise.all([rig.send(), rig.send(), rig.send()]), rig.clock);
      tries.push(full.submits.length - before);
      const waits = outcomes.map((one) => (one.kind === 'refused' ? (one.retryAfterMs ?? 0) : 0));
      pauses.push(Math.max(...waits));
    }
    assert.deepEqual(tries.slice(2), [1, 1, 1, 1]);
    assert.ok((pauses.at(-1) ?? 0) >= 8_000, pauses.join());
    assert.ok(Math.max(...pauses) <= 30_000, pauses.join());
  });

  it('ends with the first message that is taken', async () => {
    const smsc = answering(0x58, 0, 0);
    const rig = createSmppCarrierRig(smsc.accept);
    await whenUp(rig);
    await finish(rig.send(), rig.clock);
    await rig.clock.advance(1_000);
    const outcomes = await finish(Promise.all([rig.send(), rig.send()]), rig.clock);
    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
      ['accepted', 'accepted'],
    );
  });
});
