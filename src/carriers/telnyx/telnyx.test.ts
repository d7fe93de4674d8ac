import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { runAggregatorContract } from '../../../test/simulators/aggregators/aggregator-contract.ts';
import { CARRIER_ID, useAggregatorRig } from '../../../test/simulators/aggregators/aggregator-rig.ts';
import { jsonReply, onlyRequest } from '../../../test/simulators/aggregators/aggregator-stub.ts';
import { runMisbehaviours } from '../../../test/simulators/aggregators/misbehaviours.ts';
import {
  deliveryUpdate,
  TELNYX_TEST_SETTINGS,
  telnyxWith,
  webhook,
} from '../../../test/simulators/aggregators/telnyx-stub.ts';
import { findTelnyxFaults } from './settings.ts';

const TO = '+14155550199';

runAggregatorContract(telnyxWith());
runMisbehaviours(telnyxWith(), TO);

describe('a message through Telnyx', () => {
  it('carries text, sender and the address for receipts', async (t: TestContext) => {
    const rig = await useAggregatorRig(t, telnyxWith({ messagingProfileId: 'p1' }));
    await rig.send(TO, { sender: 'Acme', body: '"код"' });
    assert.deepEqual(JSON.parse(onlyRequest(rig.stub).body), {
      from: 'Acme',
      to: TO,
      text: '"код"',
      type: 'SMS',
      messaging_profile_id: 'p1',
      webhook_url: `${rig.publicUrl}/receipts/${CARRIER_ID}`,
      use_profile_webhooks: false,
    });
  });

  for (const [status, code, kind, permanent] of [
    [400, '40300', 'refused', true],
    [400, '40318', 'refused', false],
    [500, '10007', 'refused', false],
    [504, '10008', 'unknown', undefined],
    [422, '49999', 'refused', true],
  ] as const) {
    it(`code ${code} is ${kind}${permanent ? ' for good' : ''}`, async (t: TestContext) => {
      const rig = await useAggregatorRig(t, telnyxWith());
      rig.stub.answerOnce(jsonReply(status, { errors: [{ code, title: 'no' }] }));
      const outcome = await rig.send(TO);
      assert.ok(outcome.kind === kind && outcome.reason === `telnyx-${code}`);
      if (outcome.kind === 'refused') assert.equal(outcome.permanent, permanent);
    });
  }
});

describe('receipts from Telnyx', () => {
  const final = (status: string) => deliveryUpdate('m1', 'message.finalized', status);

  it('say what became of the message, with the network’s code', async (t: TestContext) => {
    const rig = await useAggregatorRig(t, telnyxWith());
    const url = `${rig.publicUrl}/receipts/${CARRIER_ID}`;
    const failed = deliveryUpdate('m1', 'message.finalized', 'sending_failed', [{ code: '40002' }]);
    for (const event of [final('delivered'), final('expired'), final('delivery_unconfirmed'), failed]) {
      assert.equal(await rig.report(url, webhook(event, rig.clock.now())), 200);
    }
    assert.deepEqual(
      rig.receipts.map(({ state, reason }) => [state, reason]),
      [
        ['delivered', undefined],
        ['expired', undefined],
        ['accepted', undefined],
        ['failed', 'telnyx-40002'],
      ],
    );
  });

  it('threat: forged, altered and old ones are refused and counted', async (t: TestContext) => {
    const rig = await useAggregatorRig(t, telnyxWith());
    const url = `${rig.publicUrl}/receipts/${CARRIER_ID}`;
    const genuine = webhook(final('delivered'), rig.clock.now());
    const old = rig.clock.now() - 301_000;
    const forgeries: readonly RequestInit[] = [
      { ...genuine, body: JSON.stringify(final('expired')) },
      { ...genuine, headers: {} },
      webhook(final('delivered'), rig.clock.now(), { 'telnyx-signature-ed25519': 'AAAA' }),
      webhook(final('delivered'), old),
      webhook(final('delivered'), old, { 'telnyx-timestamp': String(Math.floor(rig.clock.now() / 1000)) }),
    ];
    for (const forgery of forgeries) assert.equal(await rig.report(url, forgery), 403);
    assert.match(await rig.refusals(), /outcome="forged"\} 5/);
    assert.deepEqual(rig.receipts, []);
  });

  it('about anything else are acknowledged and dropped; without an id they are malformed', async (t: TestContext) => {
    const rig = await useAggregatorRig(t, telnyxWith());
    const url = `${rig.publicUrl}/receipts/${CARRIER_ID}`;
    const inbound = deliveryUpdate('m1', 'message.received', 'delivered');
    assert.equal(await rig.report(url, webhook(inbound, rig.clock.now())), 200);
    assert.equal(await rig.report(url, webhook('{"data"', rig.clock.now())), 400);
    assert.deepEqual(rig.receipts, []);
  });
});

describe('settings of kind telnyx', () => {
  const pathsOf = (settings: Partial<typeof TELNYX_TEST_SETTINGS>) =>
    findTelnyxFaults({ ...TELNYX_TEST_SETTINGS, ...settings }).map(({ path }) => path);

  it('name a sender, and a key where receipts are wanted', () => {
    assert.deepEqual(pathsOf({ publicUrl: 'https://a.example' }), []);
    assert.deepEqual(pathsOf({ from: undefined }), ['from']);
    assert.deepEqual(pathsOf({ publicUrl: 'https://a.example', publicKey: undefined }), ['publicKey']);
    assert.deepEqual(pathsOf({ publicKey: 'c2hvcnQ=' }), ['publicKey']);
  });
});
