import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { describe, it, type TestContext } from 'node:test';
import { runAggregatorContract } from '../../../test/simulators/aggregators/aggregator-contract.ts';
import { CARRIER_ID, useAggregatorRig } from '../../../test/simulators/aggregators/aggregator-rig.ts';
import { jsonReply, onlyRequest } from '../../../test/simulators/aggregators/aggregator-stub.ts';
import { runMisbehaviours } from '../../../test/simulators/aggregators/misbehaviours.ts';
import {
  eventRequest,
  receiptOf,
  signEvent,
  signReceipt,
  VONAGE_TEST_SETTINGS,
  vonageWith,
} from '../../../test/simulators/aggregators/vonage-stub.ts';
import { signParameters } from './request-signature.ts';
import { findVonageFaults } from './settings.ts';

const TO = '+14155550199';
const SECRET = 'p'.repeat(22);

runAggregatorContract(vonageWith(), 'sms');
runAggregatorContract(vonageWith(), 'voice');
runMisbehaviours(vonageWith(), TO);

describe('a message through Vonage', () => {
  it('carries text, type, numbers without plus, time to live and the address for receipts', async (t: TestContext) => {
    const rig = await useAggregatorRig(t, vonageWith());
    await rig.send(TO, { body: 'код 483920', notAfterMs: rig.clock.now() + 90_000, sender: '+14155550111' });
    const sent = JSON.parse(onlyRequest(rig.stub).body);
    assert.equal(onlyRequest(rig.stub).path, '/sms/json');
    assert.deepEqual(
      [sent.to, sent.from, sent.text, sent.type, sent.ttl, sent.callback],
      [
        '14155550199',
        '14155550111',
        'код 483920',
        'unicode',
        90_000,
        `${rig.publicUrl}/receipts/${CARRIER_ID}`,
      ],
    );
  });

  it('asks for no shorter time to live than is taken', async (t: TestContext) => {
    const rig = await useAggregatorRig(t, vonageWith());
    await rig.send(TO, { notAfterMs: rig.clock.now() + 3_000 });
    const { ttl, type } = JSON.parse(onlyRequest(rig.stub).body);
    assert.deepEqual([ttl, type], [20_000, 'text']);
  });

  it('in several parts has the id of each', async (t: TestContext) => {
    const rig = await useAggregatorRig(t, vonageWith());
    const parts = ['x1', 'x2'].map((id) => ({ status: '0', 'message-id': id }));
    rig.stub.answerOnce(jsonReply(200, { 'message-count': '2', messages: parts }));
    assert.deepEqual(await rig.send(TO), { kind: 'accepted', carrierMessageIds: ['x1', 'x2'] });
  });

  it('of which one part was refused is unknown: the other has gone out', async (t: TestContext) => {
    const rig = await useAggregatorRig(t, vonageWith());
    const parts = [{ status: '0', 'message-id': 'x1' }, { status: '5' }];
    rig.stub.answerOnce(jsonReply(200, { 'message-count': '2', messages: parts }));
    assert.deepEqual(await rig.send(TO), { kind: 'unknown', reason: 'vonage-5' });
  });

  for (const [status, permanent, health] of [
    ['1', false, 'up'],
    ['5', false, 'up'],
    ['6', true, 'up'],
    ['9', true, 'down'],
    ['99', true, 'up'],
  ] as const) {
    it(`status ${status} is ${permanent ? 'permanent' : 'temporary'} and leaves the carrier ${health}`, async (t: TestContext) => {
      const rig = await useAggregatorRig(t, vonageWith());
      rig.stub.answerOnce(jsonReply(200, { 'message-count': '1', messages: [{ status }] }));
      assert.deepEqual(await rig.send(TO), { kind: 'refused', reason: `vonage-${status}`, permanent });
      assert.equal(rig.carrier.health().state, health);
    });
  }
});

describe('a call through Vonage', () => {
  it('speaks the text in its language, escaped, under a token of the application', async (t: TestContext) => {
    const rig = await useAggregatorRig(t, vonageWith());
    const outcome = await rig.send(TO, { channel: 'voice', locale: 'de', body: '<speak>M&M. 4, 8.' });
    assert.equal(outcome.kind, 'accepted', 'the stub checks the token');
    const sent = JSON.parse(onlyRequest(rig.stub).body);
    assert.deepEqual(sent.ncco, [
      {
        action: 'talk',
        language: 'de-DE',
        text: '<speak><break time="1s"/>&lt;speak&gt;M&amp;M. 4, 8.</speak>',
      },
    ]);
    assert.deepEqual(sent.from, { type: 'phone', number: '14155550111' });
    assert.deepEqual([sent.event_method, sent.ringing_timer], ['POST', 30]);
  });

  for (const [status, state, reason] of [
    ['ringing', 'accepted', 'ringing'],
    ['answered', 'delivered', 'answered'],
    ['busy', 'failed', 'busy'],
    ['timeout', 'failed', 'no-answer'],
    ['failed', 'failed', 'failed'],
  ] as const) {
    it(`reported ${status} is ${state}`, async (t: TestContext) => {
      const rig = await useAggregatorRig(t, vonageWith());
      const url = `${rig.publicUrl}/receipts/${CARRIER_ID}`;
      assert.equal(await rig.report(url, eventRequest({ uuid: 'u1', status })), 200);
      const [receipt] = rig.receipts;
      assert.deepEqual([receipt?.carrierMessageId, receipt?.state, receipt?.reason], ['u1', state, reason]);
    });
  }

  it('threat: a forged event is refused, whatever it is signed with or says it is', async (t: TestContext) => {
    const rig = await useAggregatorRig(t, vonageWith());
    const url = `${rig.publicUrl}/receipts/${CARRIER_ID}`;
    const event = { uuid: 'u1', status: 'answered' };
    const body = JSON.stringify(event);
    const [head, payload] = signEvent(body).replace('Bearer ', '').split('.');
    const forgeries = [
      signEvent(body, {}, 'another secret'),
      signEvent(body, {}, undefined, 'none'),
      signEvent(JSON.stringify({ ...event, uuid: 'u2' })),
      signEvent(body, { payload_hash: undefined }),
      signEvent(body, { exp: Math.floor(rig.clock.now() / 1000) }),
      `Bearer ${head}.${payload}.`,
      'Bearer x',
      '',
    ];
    for (const authorization of forgeries) {
      assert.equal(await rig.report(url, eventRequest(event, authorization)), 403, authorization);
    }
    assert.deepEqual(rig.receipts, []);
  });
});

describe('receipts of SMS from Vonage', () => {
  const delivered = receiptOf('x1', { status: 'delivered' });

  it('are taken as query, form and JSON, signed in small letters or capitals', async (t: TestContext) => {
    const rig = await useAggregatorRig(t, vonageWith());
    const url = `${rig.publicUrl}/receipts/${CARRIER_ID}`;
    const signed = { ...delivered, sig: signReceipt(delivered).toLowerCase() };
    const form = new URLSearchParams(signed);
    const asJson = { 'content-type': 'application/json' };
    assert.equal(await rig.report(`${url}?${form}`, { method: 'GET' }), 200);
    assert.equal(await rig.report(url, { method: 'POST', body: form }), 200);
    const body = JSON.stringify({ ...delivered, sig: signReceipt(delivered) });
    assert.equal(await rig.report(url, { method: 'POST', headers: asJson, body }), 200);
    assert.deepEqual(
      rig.receipts.map(({ carrierMessageId, state }) => `${carrierMessageId} ${state}`),
      Array(3).fill('x1 delivered'),
    );
  });

  it('keep the network’s code as the reason', async (t: TestContext) => {
    const rig = await useAggregatorRig(t, vonageWith());
    const failed = receiptOf('x1', { status: 'expired', 'err-code': '4' });
    const query = new URLSearchParams({ ...failed, sig: signReceipt(failed) });
    await rig.report(`${rig.publicUrl}/receipts/${CARRIER_ID}?${query}`, { method: 'GET' });
    assert.deepEqual([rig.receipts[0]?.state, rig.receipts[0]?.reason], ['expired', 'vonage-4']);
  });

  it('threat: a forged receipt is refused and counted', async (t: TestContext) => {
    const rig = await useAggregatorRig(t, vonageWith());
    const url = `${rig.publicUrl}/receipts/${CARRIER_ID}`;
    const sig = signReceipt(delivered);
    const forgeries = [
      delivered,
      { ...delivered, sig: '' },
      { ...delivered, sig, messageId: 'x2' },
      { ...delivered, sig, extra: '1' },
      { ...delivered, sig: signReceipt(delivered, 'another secret') },
    ];
    for (const forgery of forgeries) {
      assert.equal(await rig.report(`${url}?${new URLSearchParams(forgery)}`, { method: 'GET' }), 403);
    }
    assert.match(await rig.refusals(), /outcome="forged"\} 5/);
    assert.deepEqual(rig.receipts, []);
  });

  it('without a signature secret are known by an unguessable path, and by nothing less', async (t: TestContext) => {
    const rig = await useAggregatorRig(t, vonageWith({ signatureSecret: undefined, receiptSecret: SECRET }));
    const query = new URLSearchParams(delivered);
    const statusOf = (path: string) =>
      rig.report(`${rig.publicUrl}/receipts/${CARRIER_ID}${path}?${query}`, { method: 'GET' });
    assert.equal(await statusOf(''), 403);
    assert.equal(await statusOf(`/${SECRET.slice(1)}`), 403);
    assert.equal(await statusOf(`/${SECRET}`), 200);
  });

  it('are refused where neither secret is set', async (t: TestContext) => {
    const rig = await useAggregatorRig(t, vonageWith({ signatureSecret: undefined }));
    const query = new URLSearchParams(delivered);
    assert.equal(
      await rig.report(`${rig.publicUrl}/receipts/${CARRIER_ID}?${query}`, { method: 'GET' }),
      403,
    );
  });

  it('are signed in the way that was chosen', () => {
    const parameters = { b: '1&2=3', a: 'x', sig: 'ignored' };
    const text = '&a=x&b=1_2_3';
    assert.equal(
      signParameters(parameters, 'secret', 'md5hash'),
      createHash('md5').update(`${text}secret`).digest('hex'),
    );
    for (const method of ['md5', 'sha1', 'sha256', 'sha512'] as const) {
      const expected = createHmac(method, 'secret').update(text).digest('hex');
      assert.equal(signParameters(parameters, 'secret', method), expected, method);
    }
  });
});

describe('settings of kind vonage', () => {
  const pathsOf = (settings: Partial<typeof VONAGE_TEST_SETTINGS>) =>
    findVonageFaults({ ...VONAGE_TEST_SETTINGS, ...settings }).map(({ path }) => path);

  it('name what each channel and receipts need', () => {
    assert.deepEqual(pathsOf({}), []);
    assert.deepEqual(pathsOf({ from: undefined }), ['from']);
    assert.deepEqual(pathsOf({ channels: ['sms'], applicationId: undefined, privateKey: undefined }), []);
    assert.deepEqual(pathsOf({ applicationId: undefined, voiceFrom: undefined }), [
      'applicationId',
      'voiceFrom',
    ]);
    assert.deepEqual(pathsOf({ privateKey: 'not a key' }), ['privateKey']);
    assert.deepEqual(pathsOf({ publicUrl: 'https://a.example', signatureSecret: undefined }), [
      'signatureSecret',
    ]);
    assert.deepEqual(pathsOf({ publicUrl: `https://a.example/${'x'.repeat(90)}` }), ['publicUrl']);
  });
});
