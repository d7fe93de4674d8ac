import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { runAggregatorContract } from '../../../test/simulators/aggregators/aggregator-contract.ts';
import { CARRIER_ID, useAggregatorRig } from '../../../test/simulators/aggregators/aggregator-rig.ts';
import { jsonReply, onlyRequest } from '../../../test/simulators/aggregators/aggregator-stub.ts';
import {
  INFOBIP_TEST_SETTINGS,
  infobipWith,
  RECEIPT_SECRET,
  report,
  resultOf,
  statusOf,
} from '../../../test/simulators/aggregators/infobip-stub.ts';
import { runMisbehaviours } from '../../../test/simulators/aggregators/misbehaviours.ts';
import { findInfobipFaults } from './settings.ts';

const TO = '+14155550199';

runAggregatorContract(infobipWith());
runMisbehaviours(infobipWith(), TO);

describe('a message through Infobip', () => {
  it('carries text, sender, validity and the unguessable address for reports', async (t: TestContext) => {
    const rig = await useAggregatorRig(t, infobipWith());
    await rig.send(TO, { body: '"код"', notAfterMs: rig.clock.now() + 90_000 });
    const { path, body } = onlyRequest(rig.stub);
    assert.equal(path, '/sms/3/messages');
    assert.deepEqual(JSON.parse(body).messages, [
      {
        sender: 'InfoSMS',
        destinations: [{ to: '14155550199' }],
        content: { text: '"код"' },
        options: { validityPeriod: { amount: 90, timeUnit: 'SECONDS' } },
        webhooks: {
          delivery: { url: `${rig.publicUrl}/receipts/${CARRIER_ID}/${RECEIPT_SECRET}` },
          contentType: 'application/json',
        },
      },
    ]);
  });

  for (const [name, permanent, health] of [
    ['REJECTED_NETWORK', true, 'up'],
    ['REJECTED_NOT_ENOUGH_CREDITS', true, 'down'],
    ['REJECTED_FLOODING_FILTER', false, 'up'],
    ['REJECTED_SYSTEM_ERROR', false, 'up'],
  ] as const) {
    it(`${name} is ${permanent ? 'permanent' : 'temporary'} and leaves the carrier ${health}`, async (t: TestContext) => {
      const rig = await useAggregatorRig(t, infobipWith());
      rig.stub.answerOnce(
        jsonReply(200, { messages: [{ messageId: 'm1', status: statusOf('REJECTED', name) }] }),
      );
      const reason = `infobip-${name.toLowerCase().replaceAll('_', '-')}`;
      assert.deepEqual(await rig.send(TO), { kind: 'refused', reason, permanent });
      assert.equal(rig.carrier.health().state, health);
    });
  }

  it('a fault is named as either version of the API names it', async (t: TestContext) => {
    const rig = await useAggregatorRig(t, infobipWith());
    rig.stub.answerOnce(jsonReply(400, { errorCode: 'E400', description: 'no' }));
    rig.stub.answerOnce(jsonReply(400, { requestError: { serviceException: { messageId: 'BAD_REQUEST' } } }));
    const outcomes = [await rig.send(TO), await rig.send(TO)];
    assert.deepEqual(
      outcomes.map((outcome) => outcome.kind === 'refused' && outcome.reason),
      ['infobip-e400', 'infobip-bad-request'],
    );
  });
});

describe('reports from Infobip', () => {
  it('come several at once, and each is a receipt', async (t: TestContext) => {
    const rig = await useAggregatorRig(t, infobipWith());
    const results = [
      resultOf('m1', 'DELIVERED'),
      resultOf('m2', 'EXPIRED', 'EC_ABSENT_SUBSCRIBER'),
      resultOf('m3', 'PENDING'),
      resultOf('m4', 'NEVER_SEEN'),
    ];
    const url = `${rig.publicUrl}/receipts/${CARRIER_ID}/${RECEIPT_SECRET}`;
    assert.equal(await rig.report(url, report(results)), 200);
    assert.deepEqual(
      rig.receipts.map(({ carrierMessageId, state, reason }) => [carrierMessageId, state, reason]),
      [
        ['m1', 'delivered', undefined],
        ['m2', 'expired', 'infobip-ec-absent-subscriber'],
        ['m3', 'accepted', undefined],
      ],
    );
  });

  it('where one of several could not be stored, all are asked for again', async (t: TestContext) => {
    const rig = await useAggregatorRig(t, infobipWith(), {
      receipts: async ({ carrierMessageId }) => {
        if (carrierMessageId === 'm1') throw new Error('not now');
      },
    });
    const url = `${rig.publicUrl}/receipts/${CARRIER_ID}/${RECEIPT_SECRET}`;
    assert.equal(
      await rig.report(url, report([resultOf('m1', 'DELIVERED'), resultOf('m2', 'DELIVERED')])),
      500,
    );
    assert.equal(rig.receipts.length, 2, 'and the others were stored all the same');
  });

  it('threat: without the path there is nothing, and it is counted', async (t: TestContext) => {
    const rig = await useAggregatorRig(t, infobipWith());
    const base = `${rig.publicUrl}/receipts/${CARRIER_ID}`;
    for (const url of [
      base,
      `${base}/`,
      `${base}/${RECEIPT_SECRET}x`,
      `${base}/${RECEIPT_SECRET.toUpperCase()}`,
    ]) {
      assert.equal(await rig.report(url, report([resultOf('m1', 'DELIVERED')])), 403, url);
    }
    assert.match(await rig.refusals(), /outcome="forged"\} 4/);
    assert.deepEqual(rig.receipts, []);
  });

  it('in no known form, or beyond all bounds, are not taken', async (t: TestContext) => {
    const rig = await useAggregatorRig(t, infobipWith());
    const url = `${rig.publicUrl}/receipts/${CARRIER_ID}/${RECEIPT_SECRET}`;
    assert.equal(await rig.report(url, { method: 'POST', body: '{"results":' }), 400);
    assert.equal(await rig.report(url, { method: 'POST', body: 'x'.repeat(300_000) }), 413);
  });

  it('the secret is in no log line', async (t: TestContext) => {
    const rig = await useAggregatorRig(t, infobipWith());
    await rig.send(TO);
    await rig.report(`${rig.publicUrl}/receipts/${CARRIER_ID}/${RECEIPT_SECRET}`, report([]));
    assert.ok(!JSON.stringify([rig.logger.lines, rig.serverLogger.lines]).includes(RECEIPT_SECRET));
  });
});

describe('settings of kind infobip', () => {
  it('need an unguessable path where reports are wanted', () => {
    const settings = { ...INFOBIP_TEST_SETTINGS, publicUrl: 'https://a.example' };
    assert.deepEqual(findInfobipFaults(settings), []);
    const [fault] = findInfobipFaults({ ...settings, receiptSecret: undefined });
    assert.equal(fault?.path, 'receiptSecret');
  });
});
