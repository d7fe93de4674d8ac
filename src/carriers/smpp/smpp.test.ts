/** The carrier against our simulator and single scripted SMSCs, in memory and with time moved by hand; rate and throttling have a file of their own. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSmppCarrierRig, finish } from '../../../test/support/smpp-carrier-rig.ts';
import { answering, setUpSmpp, whenUp } from '../../../test/support/smpp-with-smsc.ts';
import type { SubmitOutcome } from '../../core/delivery.ts';
import type { Smsc } from '../../smsc/smsc.ts';

const LONG_TEXT = `Acme: 483920 is your verification code. ${'It is good for ten minutes. '.repeat(8)}`;

function idsOf(outcome: SubmitOutcome): readonly string[] {
  assert.ok(outcome.kind === 'accepted', JSON.stringify(outcome));
  return outcome.carrierMessageIds;
}

function textsOf(smsc: Smsc): readonly string[] {
  return [...smsc.submitted].map(({ text }) => text);
}

describe('connections', () => {
  it('a message before the first bind waits a moment for it', async () => {
    const { rig, smsc, clock } = setUpSmpp();
    assert.equal((await finish(rig.send(), clock)).kind, 'accepted');
    assert.equal(smsc.submitted.total, 1);
  });

  it('without an SMSC the carrier is down, and a message is refused for now within a second', async () => {
    const rig = createSmppCarrierRig(undefined);
    const startedMs = rig.clock.now();
    const outcome = await finish(rig.send(), rig.clock);
    assert.deepEqual(outcome, { kind: 'refused', reason: 'not-connected', permanent: false });
    assert.ok(rig.clock.now() - startedMs <= 1_100);
    assert.deepEqual(rig.carrier.health(), {
      state: 'down',
      detail: '0 of 1 binds open; the connection failed',
    });
    const later = await Promise.race([rig.send(), rig.clock.settle()]);
    assert.equal(later?.kind, 'refused', 'the next is refused at once');
  });

  it('comes up when the SMSC does, and says what is missing meanwhile', async () => {
    const { rig, smsc, clock } = setUpSmpp({ settings: { binds: 3 } });
    await whenUp(rig);
    rig.accept = undefined;
    rig.connections[0]?.destroy();
    await clock.advance(100);
    assert.equal(rig.carrier.health().state, 'degraded');
    assert.match(rig.carrier.health().detail ?? '', /^2 of 3 binds open; /);
    assert.equal((await finish(rig.send(), clock)).kind, 'accepted');
    rig.accept = smsc.accept;
    await clock.advance(2_000);
    assert.deepEqual(rig.carrier.health(), { state: 'up' });
  });

  it('a wrong password stands in the health and is tried once a minute', async () => {
    const { rig, clock } = setUpSmpp({ settings: { password: 'wrong' } }, { accounts: { acme: 'secret' } });
    await clock.advance(59_000);
    assert.equal(rig.connections.length, 1);
    assert.deepEqual(rig.carrier.health(), {
      state: 'down',
      detail: '0 of 1 binds open; the bind was refused with ESME_RINVPASWD',
    });
    await clock.advance(60_000);
    assert.equal(rig.connections.length, 2);
    const lines = rig.logger.lines.map(({ fields }) => JSON.stringify(fields));
    assert.ok(lines.every((line) => !line.includes('wrong')));
  });

  it('an answer that finds fault with the bind makes it anew, and the message goes by another', async () => {
    const unfit = answering(0x04);
    const { rig, clock } = setUpSmpp({ settings: { binds: 2 } }, {}, unfit.accept);
    await whenUp(rig);
    const outcomes = await finish(Promise.all([rig.send(), rig.send()]), clock);
    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
      ['accepted', 'accepted'],
    );
    assert.equal(unfit.submits.length, 1);
    await clock.advance(2_000);
    assert.equal(rig.connections.length, 3);
  });

  it('a share of binds and rate can be changed while messages go', async () => {
    const { rig, smsc, clock } = setUpSmpp({ settings: { binds: 1, messagesPerSecond: 10 } });
    await whenUp(rig);
    rig.carrier.setShare({ binds: 3, messagesPerSecond: 20 });
    await whenUp(rig);
    assert.equal(smsc.peers.size, 3);
    const sent = Promise.all(Array.from({ length: 40 }, () => rig.send()));
    await clock.advance(1_000);
    assert.ok(
      smsc.submitted.total >= 20 && smsc.submitted.total <= 22,
      `${smsc.submitted.total} in a second`,
    );
    rig.carrier.setShare({ binds: 1, messagesPerSecond: undefined });
    await finish(sent, clock);
    assert.equal(smsc.submitted.total, 40);
    await clock.advance(1_000);
    assert.equal(smsc.peers.size, 1);
    rig.carrier.setShare({ binds: 0, messagesPerSecond: 0 });
    await clock.advance(2_000);
    assert.equal(smsc.peers.size, 0);
    assert.equal(rig.carrier.health().state, 'down');
  });
});

describe('long messages', () => {
  it('go as one submit for each part, with an id and a receipt for each', async () => {
    for (const concatenation of ['udh8', 'udh16', 'sar', 'payload'] as const) {
      const { rig, smsc, clock } = setUpSmpp({ settings: { concatenation } });
      const ids = idsOf(await finish(rig.send({ body: LONG_TEXT }), clock));
      assert.equal(ids.length, concatenation === 'payload' ? 1 : 2);
      assert.deepEqual(smsc.submitted.textsTo('14155550150'), [LONG_TEXT]);
      await clock.advance(100);
      assert.deepEqual(rig.receipts.map(({ carrierMessageId }) => carrierMessageId).sort(), [...ids].sort());
    }
  });

  it('a refusal of the first part refuses the message, and nothing else is sent', async () => {
    const smsc = answering(0x0b);
    const rig = createSmppCarrierRig(smsc.accept);
    const outcome = await finish(rig.send({ body: LONG_TEXT }), rig.clock);
    assert.deepEqual(outcome, { kind: 'refused', reason: 'smpp-0x0000000b', permanent: true });
    assert.equal(smsc.submits.length, 1);
  });

  it('a refusal of a later part leaves the outcome open: part of it is taken and paid for', async () => {
    const smsc = answering(0, 0x08);
    const rig = createSmppCarrierRig(smsc.accept);
    const outcome = await finish(rig.send({ body: LONG_TEXT }), rig.clock);
    assert.deepEqual(outcome, { kind: 'unknown', reason: 'partly-accepted' });
  });

  it('a later part that is throttled is sent again after the pause, before other messages', async () => {
    const smsc = answering(0, 0x58, 0, 0);
    const rig = createSmppCarrierRig(smsc.accept);
    await whenUp(rig);
    const long = rig.send({ body: LONG_TEXT });
    await rig.clock.settle();
    await rig.clock.settle();
    const short = rig.send({ body: 'Acme: 1234' });
    assert.equal(idsOf(await finish(long, rig.clock)).length, 2);
    await finish(short, rig.clock);
    const last = smsc.submits.at(-1)?.fields.shortMessage;
    assert.equal(Buffer.from(last ?? []).toString(), 'Acme: 1234');
  });

  it('are told apart by their references', async () => {
    const smsc = answering(0);
    const rig = createSmppCarrierRig(smsc.accept);
    for (let i = 0; i < 3; i++) await finish(rig.send({ body: LONG_TEXT }), rig.clock);
    const references = smsc.submits.map(({ fields }) => fields.shortMessage[3]);
    assert.equal(new Set(references).size, 3);
  });

  it('that no number of parts could carry are refused for good', async () => {
    const { rig, clock } = setUpSmpp();
    const outcome = await finish(rig.send({ body: 'x'.repeat(40_000) }), clock);
    assert.deepEqual(outcome, { kind: 'refused', reason: 'not-encodable', permanent: true });
  });
});

describe('ids and receipts', () => {
  it('an id in hexadecimal equals the same number in decimal where the settings say so', async () => {
    const { rig, clock } = setUpSmpp(
      { settings: { messageIdForm: 'hex-then-decimal' } },
      { responseIds: 'upper-hex', receiptIds: 'padded' },
    );
    const ids = idsOf(await finish(rig.send(), clock));
    await clock.advance(100);
    assert.deepEqual(
      rig.receipts.map(({ carrierMessageId }) => carrierMessageId),
      ids,
    );
    assert.match(ids[0] ?? '', /^[1-9]\d+$/);
  });

  it('says what the SMSC reports, with its error', async () => {
    const { rig, clock } = setUpSmpp();
    for (const to of ['+19075550102', '+19075550111', '+19075550112', '+19075550113', '+14155550150']) {
      await finish(rig.send({ to }), clock);
      await clock.advance(100);
    }
    assert.deepEqual(
      rig.receipts.map(({ state, reason }) => [state, reason]),
      [
        ['failed', 'undeliverable-27'],
        ['expired', 'expired-31'],
        ['failed', 'rejected-21'],
        ['accepted', 'unknown'],
        ['delivered', undefined],
      ],
    );
  });

  it('a receipt is acknowledged once it is durable, and comes again if it could not be stored', async () => {
    const { rig, smsc, clock } = setUpSmpp();
    const stored = Promise.withResolvers<void>();
    let offered = 0;
    rig.sink = async () => {
      offered += 1;
      if (offered === 1) throw new Error('the disk is full');
      await stored.promise;
    };
    await finish(rig.send(), clock);
    await clock.advance(100);
    assert.deepEqual([offered, smsc.receiptCounts.taken], [1, 0]);
    await clock.advance(5_000);
    assert.deepEqual([offered, smsc.receiptCounts.taken], [2, 0]);
    stored.resolve();
    await clock.advance(1);
    assert.equal(smsc.receiptCounts.taken, 1);
  });

  it('a text from a phone is acknowledged and dropped, and its words are not in the log', async () => {
    const { rig, smsc, clock } = setUpSmpp();
    await whenUp(rig);
    const delivered = smsc.deliverText('acme', {
      source: '14155550150',
      destination: 'Acme',
      text: 'STOP it, 483920',
    });
    await finish(delivered, clock);
    assert.deepEqual(rig.receipts, []);
    const log = JSON.stringify(rig.logger.lines);
    assert.match(log, /smpp text was dropped/);
    assert.doesNotMatch(log, /STOP|483920|14155550150/);
  });
});

describe('what an SMSC is given', () => {
  it('a validity period no longer than the message is of use, counted from its sending', async () => {
    const { rig, smsc, clock } = setUpSmpp({ settings: { validitySecondsMax: 120 } }, { latencyMs: 10 });
    await finish(rig.send({ notAfterMs: clock.now() + 90_500 }), clock, 1);
    await finish(rig.send({ notAfterMs: clock.now() + 600_000 }), clock, 1);
    assert.deepEqual(
      [...smsc.submitted].map(({ validityPeriod }) => validityPeriod),
      ['000000000130000R', '000000000200000R'],
    );
    const late = await finish(rig.send({ notAfterMs: clock.now() + 500 }), clock);
    assert.deepEqual(late, { kind: 'refused', reason: 'out-of-time', permanent: false });
  });

  it('the form of validity period that it takes; the other is refused', async () => {
    const outcomeOf = async (validityPeriod: 'relative' | 'absolute') => {
      const { rig, smsc, clock } = setUpSmpp(
        { settings: { validityPeriod } },
        { validityPeriods: 'absolute' },
      );
      const outcome = await finish(rig.send({ notAfterMs: clock.now() + 90_500 }), clock, 1);
      const [message] = smsc.submitted;
      return outcome.kind === 'refused' ? outcome.reason : message?.validityPeriod;
    };
    assert.equal(await outcomeOf('relative'), 'smpp-0x00000062');
    // The clock of the test begins with 2026.
    assert.equal(await outcomeOf('absolute'), '260101000130500+');
  });

  it('the sender of the message, else of the country, else of the carrier', async () => {
    const settings = { sender: 'Acme', senders: { IN: 'ACMEIN', US: '28261' } };
    const { rig, smsc, clock } = setUpSmpp({ settings });
    for (const [to, sender] of [
      ['+14155550150', '+995322000000'],
      ['+14155550150', undefined],
      ['+919876543210', undefined],
      ['+995599123456', undefined],
    ] as const) {
      await finish(rig.send({ to, ...(sender !== undefined && { sender }) }), clock);
    }
    assert.deepEqual(
      [...smsc.submitted].map(({ source }) => source),
      ['995322000000', '28261', 'ACMEIN', 'Acme'],
    );
  });

  it('its own parameters by country, sender and template', async () => {
    const tlvs = [
      { tag: 0x1400, countries: ['IN'], bySender: { ACMEIN: '1201159' }, value: '1200000' },
      { tag: 0x1401, countries: ['IN'], byTemplate: { login: '1107161' } },
      { tag: 0x0204, type: 'uint16' as const, value: '7' },
    ];
    const { rig, smsc, clock } = setUpSmpp({ settings: { tlvs } });
    await finish(rig.send({ to: '+919876543210', sender: 'ACMEIN', template: 'login' }), clock);
    await finish(rig.send({ to: '+919876543210' }), clock);
    await finish(rig.send({ template: 'login' }), clock);
    const seen = [...smsc.submitted].map(({ otherTlvs, tlvs: known }) => [
      ...otherTlvs.map(({ tag, value }) => `${tag.toString(16)}=${Buffer.from(value).toString('latin1')}`),
      known.userMessageReference,
    ]);
    assert.deepEqual(seen, [['1400=1201159', '1401=1107161', 7], ['1400=1200000', 7], [7]]);
  });

  it('the default alphabet, else Latin-1 where that is allowed, else UCS-2', async () => {
    const texts = ['Code 1234 {€}', 'Código 1234', 'კოდი 1234'];
    for (const [settings, smscOptions, codings] of [
      [{}, {}, [0, 8, 8]],
      [{ latin1: true }, {}, [0, 3, 8]],
      [{ defaultAlphabet: 'latin1' }, { defaultAlphabet: 'latin1' }, [8, 0, 8]],
      [{ dataCoding: { default: 0xf0, ucs2: 0x18 } }, {}, [0xf0, 0x18, 0x18]],
    ] as const) {
      const { rig, smsc, clock } = setUpSmpp({ settings }, smscOptions);
      for (const body of texts) await finish(rig.send({ body }), clock);
      assert.deepEqual(textsOf(smsc), texts);
      assert.deepEqual(
        [...smsc.submitted].map(({ dataCoding }) => dataCoding),
        codings,
      );
    }
  });
});
