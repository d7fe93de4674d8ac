// The simulator over real sockets: what it was told is what a client sees. Time is moved by hand.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { describe, it } from 'node:test';
import { createManualTimers, settle } from '../../test/support/manual-timers.ts';
import { TEST_CERTIFICATE, TEST_CERTIFICATE_KEY } from '../../test/support/test-certificate.ts';
import type { BindType } from '../smpp/client.ts';
import { connectSmpp, SmppBindError } from '../smpp/client.ts';
import { splitText } from '../smpp/concatenation.ts';
import type { DeliveryReceipt } from '../smpp/delivery-receipt.ts';
import { parseDeliveryReceipt } from '../smpp/delivery-receipt.ts';
import { encodeText } from '../smpp/encoding.ts';
import { canonicalMessageId } from '../smpp/message-id.ts';
import type { IncomingRequest } from '../smpp/session-options.ts';
import { findScript, MAGIC_DESTINATIONS } from './magic-destinations.ts';
import { ID_FORMS, RECEIPT_FORMS, RECEIPT_SPELLINGS } from './receipt-pdu.ts';
import { createSeededDraws } from './seeded-draws.ts';
import { createSmsc } from './smsc.ts';
import type { SmscOptions } from './smsc-options.ts';

const TEXT = 'Code 1234';

async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; !condition(); turn++) {
    assert.ok(turn < 20_000, 'it never came true');
    await settle(1);
  }
}

async function setUp(
  t: TestContext,
  options: SmscOptions = {},
  bindTypes: readonly BindType[] = ['transceiver'],
) {
  const timers = createManualTimers();
  const clock = () => 1_700_000_000_000 + timers.now();
  const smsc = createSmsc({ timers, clock, enquireLinkIntervalMs: 0, ...options });
  const port = await smsc.listen();
  const received: IncomingRequest[] = [];
  const connect = async (bindType: BindType) => {
    const { session } = await connectSmpp({
      host: '127.0.0.1',
      port,
      systemId: 'acme',
      password: 'secret',
      bindType,
      ...(options.tls !== undefined && { tls: { ca: TEST_CERTIFICATE, servername: 'service.test' } }),
      session: {
        timers,
        enquireLinkIntervalMs: 0,
        onRequest: (request) => {
          received.push(request);
          return {};
        },
      },
    });
    return session;
  };
  const sessions = await Promise.all(bindTypes.map(connect));
  const [session] = sessions;
  assert.ok(session !== undefined);
  t.after(async () => {
    for (const open of sessions) open.destroy();
    await smsc.destroy();
  });
  const submit = async (destination: string, fields = {}) => {
    const response = await session.request('submit_sm', {
      fields: {
        sourceAddr: 'Otpost',
        destinationAddr: destination,
        registeredDelivery: 1,
        shortMessage: encodeText(TEXT, 'gsm7'),
        ...fields,
      },
    });
    return response.command === 'submit_sm_resp'
      ? response.fields.messageId || response.status
      : response.status;
  };
  const receipts = (): readonly DeliveryReceipt[] =>
    received.flatMap((request) =>
      request.command === 'deliver_sm' ? (parseDeliveryReceipt(request.fields, request.tlvs) ?? []) : [],
    );
  return { timers, smsc, session, connect, submit, receipts, received };
}

describe('the SMSC simulator', () => {
  for (const tls of [undefined, { cert: TEST_CERTIFICATE, key: TEST_CERTIFICATE_KEY }]) {
    it(`takes a message and reports it delivered, over ${tls === undefined ? 'TCP' : 'TLS'}`, async (t) => {
      const { timers, smsc, submit, receipts } = await setUp(t, tls === undefined ? {} : { tls });
      const messageId = await submit('14155550150', { validityPeriod: '000000001000000R' });
      await timers.advance(1);
      await until(() => receipts().length === 1);
      const [receipt] = receipts();
      assert.deepEqual([receipt?.messageId, receipt?.state], [messageId, 'delivered']);
      assert.equal(receipt?.doneDate, '2023-11-14T22:13:00');
      const [message] = smsc.submitted;
      assert.deepEqual([message?.text, message?.validityPeriod], [TEXT, '000000001000000R']);
      assert.deepEqual([...smsc.submitted.textsTo('14155550150')], [TEXT]);
    });
  }

  it('takes the form of validity period that it is told, and one that is left to it', async (t) => {
    const { submit } = await setUp(t, { validityPeriods: 'absolute' });
    assert.equal(await submit('14155550150', { validityPeriod: '000000001000000R' }), 0x62);
    assert.equal(await submit('14155550150', { validityPeriod: '231114222320049+' }), 0x62);
    assert.equal(typeof (await submit('14155550150', { validityPeriod: '231114222320048+' })), 'string');
    assert.equal(typeof (await submit('14155550150')), 'string');
  });

  for (const { digits, behaviour, script } of MAGIC_DESTINATIONS) {
    it(`does for +${digits} what its table says: ${behaviour}`, async (t) => {
      const { timers, smsc, session, submit, receipts } = await setUp(t);
      if (script.isAnswered === false) {
        const unanswered = assert.rejects(submit(digits));
        await until(() => smsc.counts.unanswered === 1);
        await timers.advance(10_000);
        await unanswered;
      } else {
        for (const status of script.statuses?.filter((one) => one !== 0) ?? []) {
          assert.equal(await submit(digits), status);
        }
        if (script.statuses === undefined || script.statuses.includes(0)) {
          assert.equal(typeof (await submit(`+${digits}`)), 'string');
        }
      }
      const expected = script.final === 'none' ? 0 : (script.receiptCount ?? 1);
      if (script.receiptDelayMs !== undefined) {
        await timers.advance(script.receiptDelayMs - 1);
        assert.equal(receipts().length, 0);
      }
      await timers.advance(1);
      await until(() => receipts().length >= expected);
      // An answer to a link check comes after whatever else was on its way.
      await session.request('enquire_link');
      assert.deepEqual(
        receipts().map(({ state }) => state),
        new Array(expected).fill(script.final),
      );
    });
  }

  it('sends the receipt before the response where it is asked to', async (t) => {
    const { received, submit } = await setUp(t);
    await submit('19075550106');
    assert.equal(received.length, 1);
  });

  for (const receiptForm of RECEIPT_FORMS) {
    for (const receiptSpelling of RECEIPT_SPELLINGS) {
      it(`writes receipts that a client reads: ${receiptForm}, ${receiptSpelling}`, async (t) => {
        const { timers, submit, receipts } = await setUp(t, { receiptForm, receiptSpelling });
        const messageId = await submit('19075550102');
        await timers.advance(1);
        await until(() => receipts().length === 1);
        const [receipt] = receipts();
        assert.deepEqual([receipt?.messageId, receipt?.state], [messageId, 'undeliverable']);
        assert.equal(Number(receipt?.errorCode), 27);
      });
    }
  }

  it('writes ids in one form in responses and in another in receipts', async (t) => {
    for (const responseIds of ID_FORMS) {
      for (const receiptIds of ID_FORMS) {
        const { timers, submit, receipts } = await setUp(t, { responseIds, receiptIds });
        const messageId = String(await submit('14155550150'));
        await timers.advance(1);
        await until(() => receipts().length === 1);
        const form = (id: string) => (id.includes('hex') ? 'hex' : 'decimal');
        assert.equal(
          canonicalMessageId(messageId, form(responseIds)),
          canonicalMessageId(receipts()[0]?.messageId ?? '', form(receiptIds)),
        );
      }
    }
  });

  it('answers after its latency, and others meanwhile', async (t) => {
    const { timers, smsc, submit } = await setUp(t, { latencyMs: 250 });
    let answered = 0;
    const submits = [1, 2, 3].map(() => submit('14155550150').then(() => answered++));
    await until(() => smsc.counts.accepted === 3);
    await timers.advance(249);
    assert.equal(answered, 0);
    await timers.advance(1);
    await Promise.all(submits);
  });

  it('throttles what is more than its rate, second by second', async (t) => {
    const { timers, submit } = await setUp(t, { messagesPerSecond: 2 });
    const answers = [await submit('1'), await submit('1'), await submit('1')];
    assert.deepEqual([typeof answers[0], typeof answers[1], answers[2]], ['string', 'string', 0x58]);
    await timers.advance(1_000);
    assert.equal(typeof (await submit('1')), 'string');
  });

  it('is full while that many messages have no final state', async (t) => {
    const { timers, submit } = await setUp(t, { queueMax: 2, receiptDelayMs: 5_000 });
    await submit('1');
    await submit('1');
    assert.equal(await submit('1'), 0x14);
    await timers.advance(5_000);
    assert.equal(typeof (await submit('1')), 'string');
  });

  it('fails the same submits for the same seed', async (t) => {
    const options: SmscOptions = { seed: 7, failures: [{ status: 8, rate: 0.5 }] };
    const runs = await Promise.all(
      [1, 2].map(async () => {
        const { submit } = await setUp(t, options);
        const answers: boolean[] = [];
        for (let i = 0; i < 40; i++) answers.push((await submit('1')) === 8);
        return answers;
      }),
    );
    assert.deepEqual(runs[0], runs[1]);
    const failed = runs[0]?.filter(Boolean).length ?? 0;
    assert.ok(failed > 8 && failed < 32, `${failed} of 40 failed`);
  });

  it('keeps receipts until a session that can receive is bound', async (t) => {
    const { timers, submit, receipts, connect } = await setUp(t, {}, ['transmitter']);
    await submit('14155550150');
    await timers.advance(1);
    assert.equal(receipts().length, 0);
    const receiver = await connect('receiver');
    await until(() => receipts().length === 1);
    receiver.destroy();
  });

  it('gives each part of a long message an id and a receipt, and shows the text whole', async (t) => {
    const { timers, smsc, session, receipts } = await setUp(t);
    const text = `Your code is 1234. ${'long € text '.repeat(20)}`;
    for (const concatenation of ['udh8', 'udh16', 'sar', 'payload'] as const) {
      const destinationAddr = `1415555015${concatenation.length}${concatenation.at(-1)}`;
      for (const encoding of ['gsm7', 'ucs2'] as const) {
        for (const part of splitText(text, { encoding, concatenation, reference: 77 })) {
          const fields = {
            destinationAddr,
            registeredDelivery: 1,
            dataCoding: encoding === 'ucs2' ? 8 : 0,
            esmClass: part.isUdhi ? 0x40 : 0,
            shortMessage: part.shortMessage,
          };
          assert.equal((await session.request('submit_sm', { fields, tlvs: part.tlvs })).status, 0);
        }
      }
      assert.deepEqual([...smsc.submitted.textsTo(destinationAddr)], [text, text]);
    }
    await timers.advance(1);
    await until(() => receipts().length === smsc.submitted.total);
  });

  it('repeats a receipt that is not taken', async (t) => {
    const timers = createManualTimers();
    const smsc = createSmsc({ timers, enquireLinkIntervalMs: 0 });
    const port = await smsc.listen();
    let deliveries = 0;
    const { session } = await connectSmpp({
      host: '127.0.0.1',
      port,
      systemId: 'acme',
      password: '',
      session: {
        timers,
        onRequest: () => {
          deliveries++;
          return { status: deliveries === 1 ? 0x64 : 0 };
        },
      },
    });
    t.after(async () => {
      session.destroy();
      await smsc.destroy();
    });
    await session.request('submit_sm', { fields: { destinationAddr: '1', registeredDelivery: 1 } });
    await timers.advance(1);
    await until(() => deliveries === 1);
    await session.request('enquire_link');
    await timers.advance(5_000);
    await until(() => smsc.receiptCounts.taken === 1);
    assert.equal(deliveries, 2);
  });

  it('lets in only whom it knows', async (t) => {
    const smsc = createSmsc({ accounts: { acme: 'secret' } });
    t.after(() => smsc.destroy());
    const port = await smsc.listen();
    for (const [systemId, password, status] of [
      ['acme', 'wrong', 0x0e],
      ['toString', 'secret', 0x0f],
    ] as const) {
      await assert.rejects(
        connectSmpp({ host: '127.0.0.1', port, systemId, password }),
        (error: unknown) => error instanceof SmppBindError && error.status === status,
      );
    }
    const { session } = await connectSmpp({ host: '127.0.0.1', port, systemId: 'acme', password: 'secret' });
    session.destroy();
  });

  it('forgets the oldest messages and counts them all the same', async (t) => {
    const { smsc, submit } = await setUp(t, { keptMax: 3 });
    for (const destination of ['1', '2', '3', '4', '5']) await submit(destination);
    assert.deepEqual(
      [...smsc.submitted].map(({ destination }) => destination),
      ['3', '4', '5'],
    );
    assert.equal(smsc.submitted.total, 5);
  });

  it('says the state of a message that is asked for, and passes on a text from a phone', async (t) => {
    const { smsc, session, submit, received } = await setUp(t);
    const messageId = String(await submit('19075550107'));
    const state = await session.request('query_sm', { fields: { messageId } });
    assert.ok(state.command === 'query_sm_resp');
    assert.equal(state.fields.messageState, 1);
    assert.equal((await session.request('query_sm', { fields: { messageId: 'none' } })).status, 0x0c);
    await smsc.deliverText('acme', { source: '14155550150', destination: 'Otpost', text: 'STOP' });
    assert.equal(received.length, 1);
  });
});

describe('what the simulator draws', () => {
  it('is the same for the same seed, and evenly spread', () => {
    const [first, second, other] = [5, 5, 6].map((seed) => {
      const draws = createSeededDraws(seed);
      return Array.from({ length: 2_000 }, () => draws.next());
    });
    assert.deepEqual(first, second);
    assert.notDeepEqual(first, other);
    const mean = (first ?? []).reduce((sum, draw) => sum + draw, 0) / 2_000;
    assert.ok(Math.abs(mean - 0.5) < 0.03, String(mean));
  });

  it('has no script for ordinary destinations', () => {
    assert.equal(findScript('14155550150'), undefined);
    assert.equal(findScript('0019075550101'), findScript('+19075550101'));
  });
});
