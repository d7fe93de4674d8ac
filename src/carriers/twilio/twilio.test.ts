import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it, type TestContext } from 'node:test';
import { runAggregatorContract } from '../../../test/simulators/aggregators/aggregator-contract.ts';
import { CARRIER_ID, useAggregatorRig } from '../../../test/simulators/aggregators/aggregator-rig.ts';
import { jsonReply, onlyRequest } from '../../../test/simulators/aggregators/aggregator-stub.ts';
import { runMisbehaviours } from '../../../test/simulators/aggregators/misbehaviours.ts';
import {
  signTwilio,
  statusCallback,
  TWILIO_TEST_SETTINGS,
  twilioWith,
} from '../../../test/simulators/aggregators/twilio-stub.ts';
import { TWILIO_KIND } from './index.ts';
import { signForm } from './request-signature.ts';

const TO = '+14155550199';

runAggregatorContract(twilioWith(), 'sms');
runAggregatorContract(twilioWith(), 'voice');
runMisbehaviours(twilioWith(), TO);

describe('a message through Twilio', () => {
  it('carries text, sender, validity and the address for receipts', async (t: TestContext) => {
    const rig = await useAggregatorRig(t, twilioWith());
    const outcome = await rig.send(TO, { body: 'Grüße & 100 % «код»', notAfterMs: rig.clock.now() + 90_500 });
    assert.equal(outcome.kind, 'accepted');
    const form = new URLSearchParams(onlyRequest(rig.stub).body);
    assert.deepEqual(Object.fromEntries(form), {
      To: TO,
      From: '+15005550006',
      Body: 'Grüße & 100 % «код»',
      ValidityPeriod: '90',
      StatusCallback: `${rig.publicUrl}/receipts/${CARRIER_ID}`,
    });
  });

  it('goes through a messaging service where there is one, and from the message’s own sender', async (t: TestContext) => {
    const rig = await useAggregatorRig(t, twilioWith({ messagingServiceSid: 'MG1' }));
    await rig.send(TO);
    await rig.send(TO, { sender: 'Acme' });
    const forms = rig.stub.requests.map(({ body }) => new URLSearchParams(body));
    assert.deepEqual(
      forms.map((form) => [form.get('MessagingServiceSid'), form.get('From')]),
      [
        ['MG1', null],
        ['MG1', 'Acme'],
      ],
    );
  });

  it('asks for no receipts where nobody could reach us', async (t: TestContext) => {
    const rig = await useAggregatorRig(t, twilioWith({ publicUrl: undefined }));
    await rig.send(TO);
    assert.equal(new URLSearchParams(onlyRequest(rig.stub).body).get('StatusCallback'), null);
  });

  for (const [status, code, expected] of [
    [400, 21610, { permanent: true, health: 'up' }],
    [403, 21408, { permanent: true, health: 'up' }],
    [400, 21611, { permanent: false, health: 'up' }],
    [403, 20005, { permanent: true, health: 'down' }],
    [400, 29_999, { permanent: true, health: 'up' }],
  ] as const) {
    it(`code ${code} is ${expected.permanent ? 'permanent' : 'temporary'} and leaves the carrier ${expected.health}`, async (t: TestContext) => {
      const rig = await useAggregatorRig(t, twilioWith());
      rig.stub.answerOnce(jsonReply(status, { code, message: 'no', status }));
      const outcome = await rig.send(TO);
      const { permanent } = expected;
      assert.deepEqual(outcome, { kind: 'refused', reason: `twilio-${code}`, permanent });
      assert.equal(rig.carrier.health().state, expected.health);
    });
  }
});

describe('Twilio’s sandbox', () => {
  it('answers as docs/carriers/twilio.md says, and each answer is judged so', async (t: TestContext) => {
    const page = await readFile(new URL('../../../docs/carriers/twilio.md', import.meta.url), 'utf8');
    const rows = [...page.matchAll(/^\| `(\+1500555\d{4})` \| (\d{5}): .+ \| (permanent|temporary) \|$/gm)];
    assert.equal(rows.length, 5);
    for (const [, to = '', code, verdict] of rows) {
      const rig = await useAggregatorRig(t, twilioWith());
      rig.stub.answerOnce(jsonReply(400, { code: Number(code), message: 'no', status: 400 }));
      const permanent = verdict === 'permanent';
      assert.deepEqual(await rig.send(to), { kind: 'refused', reason: `twilio-${code}`, permanent });
      assert.equal(rig.carrier.health().state, 'up');
    }
  });
});

describe('a call through Twilio', () => {
  it('speaks the text in its language, escaped, and asks to be told of the answer', async (t: TestContext) => {
    const rig = await useAggregatorRig(t, twilioWith());
    const body = 'M&M <b>. Votre code est 4, 8. Je répète : 4, 8.';
    await rig.send(TO, { channel: 'voice', locale: 'fr', body });
    const { path, body: sent } = onlyRequest(rig.stub);
    assert.match(path, /\/Calls\.json$/);
    const form = new URLSearchParams(sent);
    assert.equal(
      form.get('Twiml'),
      '<?xml version="1.0" encoding="UTF-8"?><Response><Pause length="1"/>' +
        '<Say language="fr-FR">M&amp;M &lt;b&gt;. Votre code est 4, 8. Je répète : 4, 8.</Say></Response>',
    );
    assert.deepEqual(form.getAll('StatusCallbackEvent'), ['answered', 'completed']);
    assert.equal(form.get('Timeout'), '30');
  });

  it('does not come from a name', async (t: TestContext) => {
    const rig = await useAggregatorRig(t, twilioWith({ voiceFrom: '+14155550111' }));
    await rig.send(TO, { channel: 'voice', sender: 'Acme' });
    assert.equal(new URLSearchParams(onlyRequest(rig.stub).body).get('From'), '+14155550111');
  });

  it('in a language that is not spoken is refused for good and not made, unless the settings name a voice', async (t: TestContext) => {
    const mute = await useAggregatorRig(t, twilioWith());
    const outcome = await mute.send(TO, { channel: 'voice', locale: 'ka' });
    assert.deepEqual(outcome, { kind: 'refused', reason: 'language-not-spoken', permanent: true });
    assert.equal(mute.stub.requests.length, 0);
    const rig = await useAggregatorRig(t, twilioWith({ languages: { ka: 'ka-GE' } }));
    await rig.send(TO, { channel: 'voice', locale: 'ka' });
    assert.match(onlyRequest(rig.stub).body, /ka-GE/);
  });

  for (const [status, state] of [
    ['ringing', 'accepted'],
    ['in-progress', 'delivered'],
    ['busy', 'failed'],
    ['no-answer', 'failed'],
    ['failed', 'failed'],
  ] as const) {
    it(`reported ${status} is ${state}, with the word as the reason`, async (t: TestContext) => {
      const rig = await useAggregatorRig(t, twilioWith());
      const url = `${rig.publicUrl}/receipts/${CARRIER_ID}`;
      assert.equal(await rig.report(url, statusCallback(url, { CallSid: 'CA1', CallStatus: status })), 200);
      const [receipt] = rig.receipts;
      assert.deepEqual([receipt?.carrierMessageId, receipt?.state, receipt?.reason], ['CA1', state, status]);
    });
  }
});

describe('receipts from Twilio', () => {
  const delivered = { MessageSid: 'SM1', MessageStatus: 'delivered' };

  it('the published example verifies', () => {
    // @see https://www.twilio.com/docs/usage/security#validating-requests
    const form = new URLSearchParams({
      CallSid: 'CA1234567890ABCDE',
      Caller: '+14158675310',
      Digits: '1234',
      From: '+14158675310',
      To: '+18005551212',
    });
    const url = 'https://example.com/myapp.php?foo=1&bar=2';
    assert.equal(signForm('12345', url, form), 'L/OH5YylLD5NRKLltdqwSvS0BnU=');
  });

  it('threat: a forged receipt is refused, counted and reported to nobody', async (t: TestContext) => {
    const rig = await useAggregatorRig(t, twilioWith());
    const url = `${rig.publicUrl}/receipts/${CARRIER_ID}`;
    const other = signTwilio(url, { ...delivered, MessageSid: 'SM2' });
    const forgeries: readonly (readonly [string, RequestInit])[] = [
      [url, statusCallback(url, delivered, signTwilio(url, delivered, 'not the token'))],
      [url, statusCallback(url, delivered, other)],
      [url, statusCallback(url, delivered, '')],
      [url, { ...statusCallback(url, delivered), headers: {} }],
      [`${url}?x=1`, statusCallback(url, delivered)],
      [`${url}/anything`, statusCallback(url, delivered)],
      [url, { method: 'GET' }],
    ];
    for (const [called, request] of forgeries) assert.equal(await rig.report(called, request), 403);
    assert.deepEqual(rig.receipts, []);
    assert.match(await rig.refusals(), new RegExp(`outcome="forged"\\} ${forgeries.length}`));
  });

  it('a receipt signed over the URL with its port, or by SignalWire’s key and header, is taken', async (t: TestContext) => {
    const rig = await useAggregatorRig(
      t,
      twilioWith({ signingKey: 'PSK_1', publicUrl: 'https://otp.example.com/base/' }),
    );
    const called = `${rig.publicUrl}/receipts/${CARRIER_ID}`;
    for (const url of [
      `https://otp.example.com/base/receipts/${CARRIER_ID}`,
      `https://otp.example.com:443/base/receipts/${CARRIER_ID}`,
    ]) {
      const request = statusCallback(url, delivered);
      const headers = { 'x-signalwire-signature': signTwilio(url, delivered, 'PSK_1') };
      assert.equal(await rig.report(called, { ...request, headers }), 200);
    }
    assert.equal(rig.receipts.length, 2);
  });

  it('repeated and out of order, each is handed on as it came: what it changes is the engine’s to say', async (t: TestContext) => {
    const rig = await useAggregatorRig(t, twilioWith());
    const url = `${rig.publicUrl}/receipts/${CARRIER_ID}`;
    for (const status of ['delivered', 'sent', 'delivered']) {
      await rig.report(url, statusCallback(url, { MessageSid: 'SM1', MessageStatus: status }));
    }
    assert.deepEqual(
      rig.receipts.map(({ state }) => state),
      ['delivered', 'accepted', 'delivered'],
    );
  });

  it('an early one, before the submit is answered, is handed on at once and holds nothing up', async (t: TestContext) => {
    const rig = await useAggregatorRig(t, twilioWith());
    const url = `${rig.publicUrl}/receipts/${CARRIER_ID}`;
    rig.stub.answerOnce({ kind: 'silence' });
    const submit = rig.send(TO);
    await rig.stub.seen(1);
    assert.equal(await rig.report(url, statusCallback(url, delivered)), 200);
    assert.equal(rig.receipts[0]?.carrierMessageId, 'SM1');
    await rig.clock.advance(60_000);
    assert.equal((await submit).kind, 'unknown');
  });

  it('a receipt that could not be stored is not acknowledged', async (t: TestContext) => {
    const rig = await useAggregatorRig(t, twilioWith(), {
      receipts: () => Promise.reject(new Error('the disk is full')),
    });
    const url = `${rig.publicUrl}/receipts/${CARRIER_ID}`;
    assert.equal(await rig.report(url, statusCallback(url, delivered)), 500);
  });

  it('a status that says nothing of delivery is acknowledged and dropped; one without an id is malformed', async (t: TestContext) => {
    const rig = await useAggregatorRig(t, twilioWith());
    const url = `${rig.publicUrl}/receipts/${CARRIER_ID}`;
    const odd = { MessageSid: 'SM1', MessageStatus: 'toString' };
    assert.equal(await rig.report(url, statusCallback(url, odd)), 200);
    assert.equal(await rig.report(url, statusCallback(url, { MessageStatus: 'sent' })), 400);
    assert.deepEqual(rig.receipts, []);
  });

  it('there is no such path for a carrier that does not exist', async (t: TestContext) => {
    const rig = await useAggregatorRig(t, twilioWith());
    assert.equal(await rig.report(`${rig.publicUrl}/receipts/nobody`, { method: 'POST' }), 404);
  });
});

describe('settings of kind twilio', () => {
  const pathsOf = (settings: Partial<typeof TWILIO_TEST_SETTINGS>) =>
    TWILIO_KIND.findFaults?.({ ...TWILIO_TEST_SETTINGS, ...settings }).map(({ path }) => path);

  it('name a sender for each channel and a whole API key', () => {
    assert.deepEqual(pathsOf({}), []);
    assert.deepEqual(pathsOf({ from: undefined }), ['from', 'voiceFrom']);
    assert.deepEqual(pathsOf({ from: 'Acme' }), ['voiceFrom']);
    assert.deepEqual(pathsOf({ from: undefined, messagingServiceSid: 'MG1', voiceFrom: '+14155550111' }), []);
    assert.deepEqual(pathsOf({ apiKeySid: 'SK1' }), ['apiKeySecret']);
  });
});
