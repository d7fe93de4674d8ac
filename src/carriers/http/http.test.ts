import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it, type TestContext } from 'node:test';
import { Value } from 'typebox/value';
import { runAggregatorContract } from '../../../test/simulators/aggregators/aggregator-contract.ts';
import {
  type Aggregator,
  CARRIER_ID,
  useAggregatorRig,
} from '../../../test/simulators/aggregators/aggregator-rig.ts';
import { type Answer, jsonReply, onlyRequest } from '../../../test/simulators/aggregators/aggregator-stub.ts';
import { runMisbehaviours } from '../../../test/simulators/aggregators/misbehaviours.ts';
import {
  aggregatorReport,
  androidPhone,
  phoneEvent,
  settingsOnPage,
  unnamedAggregator,
} from '../../../test/simulators/aggregators/unnamed-stubs.ts';
import { createHttp } from './http.ts';
import { HTTP_SETTINGS, type HttpSettings } from './settings.ts';
import { findHttpFaults } from './settings-faults.ts';

const TO = '+14155550199';
const SECRET = 's'.repeat(22);
const NASTY = '"} & <b> {{to}} 100 % код\r\nX: 1';

runAggregatorContract(unnamedAggregator);
runAggregatorContract(androidPhone);
runMisbehaviours(unnamedAggregator, TO);

type RequestTemplate = Partial<HttpSettings['request']>;

function httpWith(request: RequestTemplate, more: Partial<HttpSettings> = {}): Aggregator {
  return {
    name: 'http',
    answer: () => () => ({ kind: 'reply', status: 200, body: 'OK: 42' }),
    createCarrier: ({ aggregatorUrl, publicUrl, deps }) => {
      const template = { ...request, url: `${aggregatorUrl}${request.url ?? '/send'}` };
      return createHttp(CARRIER_ID, { request: template, publicUrl, ...more }, deps);
    },
  };
}

describe('a request by template', () => {
  const sent = async (t: TestContext, request: RequestTemplate, more: Partial<HttpSettings> = {}) => {
    const rig = await useAggregatorRig(t, httpWith(request, more));
    const outcome = await rig.send(TO, { body: NASTY, sender: 'A&B' });
    assert.equal(outcome.kind, 'accepted');
    return onlyRequest(rig.stub);
  };

  it('escapes what stands in the URL', async (t: TestContext) => {
    const { method, query } = await sent(t, {
      method: 'GET',
      url: '/send?to={{toDigits}}&text={{body}}&from={{sender}}',
    });
    assert.equal(method, 'GET');
    assert.deepEqual(Object.fromEntries(query), { to: '14155550199', text: NASTY, from: 'A&B' });
  });

  it('escapes what stands in JSON, and keeps its shape', async (t: TestContext) => {
    const { body, headers } = await sent(t, {
      json: { to: ['{{to}}'], text: 'x {{ body }}', ttl: '{{validitySeconds}}', n: 1, nothing: null },
    });
    assert.deepEqual(JSON.parse(body), { to: [TO], text: `x ${NASTY}`, ttl: 600, n: 1, nothing: null });
    assert.equal(headers['content-type'], 'application/json');
  });

  it('escapes what stands in a form', async (t: TestContext) => {
    const { body, headers } = await sent(t, { form: { text: '{{body}}', to: '{{to}}' } });
    assert.deepEqual(Object.fromEntries(new URLSearchParams(body)), { text: NASTY, to: TO });
    assert.equal(headers['content-type'], 'application/x-www-form-urlencoded');
  });

  it('escapes what stands in a text as its media type demands', async (t: TestContext) => {
    const xml = await sent(t, { text: '<t>{{sender}}</t>', contentType: 'text/xml' });
    assert.equal(xml.body, '<t>A&amp;B</t>');
    const json = await sent(t, { text: '{"t":"{{body}}"}', contentType: 'application/vnd.x+json' });
    assert.deepEqual(JSON.parse(json.body), { t: NASTY });
    const plain = await sent(t, { text: '{{body}}' });
    assert.equal(plain.body, NASTY);
  });

  it('carries headers and authentication', async (t: TestContext) => {
    const basic = await sent(
      t,
      { headers: { 'X-To': '{{to}}' } },
      { auth: { username: 'u', password: 'p:q' } },
    );
    assert.equal(basic.headers['x-to'], TO);
    assert.equal(basic.headers.authorization, `Basic ${btoa('u:p:q')}`);
    const bearer = await sent(t, {}, { auth: { bearer: 'b' } });
    assert.equal(bearer.headers.authorization, 'Bearer b');
  });
});

describe('a reply by rules', () => {
  const rules: Partial<HttpSettings> = {
    success: { path: 'code', values: [0], idPath: 'ids[0]' },
    errors: { path: 'code', throttled: [7], temporary: ['busy'], account: [9] },
  };
  const outcomeOf = async (t: TestContext, settings: Partial<HttpSettings>, reply: Answer) => {
    const rig = await useAggregatorRig(t, httpWith({}, settings));
    rig.stub.answerOnce(reply);
    const outcome = await rig.send(TO);
    if (outcome.kind === 'accepted') return `accepted ${outcome.carrierMessageIds}`;
    return `${outcome.kind}${outcome.kind === 'refused' && outcome.permanent ? ' for good' : ''} ${outcome.reason}`;
  };

  for (const [name, reply, expected] of [
    ['yes with an id', { code: 0, ids: ['x1'] }, 'accepted x1'],
    ['yes without the id that it should have', { code: 0 }, 'unknown unreadable-reply'],
    ['no with a listed code', { code: 7 }, 'refused code-7'],
    ['no with a listed word', { code: 'busy' }, 'refused code-busy'],
    ['no with the account’s code', { code: 9 }, 'refused for good code-9'],
    ['no with an unlisted code', { code: 33 }, 'refused for good code-33'],
    ['no with a sentence in place of a code', { code: `no: ${TO}` }, 'refused for good refused'],
    ['no code at all', { other: 1 }, 'unknown unreadable-reply'],
  ] as const) {
    it(`${name}: ${expected}`, async (t: TestContext) => {
      assert.equal(await outcomeOf(t, rules, jsonReply(200, reply)), expected);
    });
  }

  it('a code beside an HTTP error decides where it is listed, the status where not', async (t: TestContext) => {
    assert.equal(await outcomeOf(t, rules, jsonReply(400, { code: 7 })), 'refused code-7');
    assert.equal(await outcomeOf(t, rules, jsonReply(503, { code: 55 })), 'refused code-55');
    assert.equal(await outcomeOf(t, rules, jsonReply(400, {})), 'refused for good http-400');
  });

  it('text is read by patterns', async (t: TestContext) => {
    const settings: Partial<HttpSettings> = {
      success: { pattern: '^OK', idPattern: '^OK: (\\d+)' },
      errors: { pattern: '^ERR (\\d+)', throttled: ['3'] },
    };
    const text = (body: string): Answer => ({ kind: 'reply', status: 200, body });
    assert.equal(await outcomeOf(t, settings, text('OK: 42')), 'accepted 42');
    assert.equal(await outcomeOf(t, settings, text('OK: none')), 'unknown unreadable-reply');
    assert.equal(await outcomeOf(t, settings, text('ERR 3')), 'refused code-3');
    assert.equal(await outcomeOf(t, settings, text('Sorry')), 'refused for good refused');
    assert.equal(await outcomeOf(t, settings, text('')), 'unknown unreadable-reply');
  });
});

describe('receipts by mapping', () => {
  it('threat: forged and altered ones are refused and counted', async (t: TestContext) => {
    const rig = await useAggregatorRig(t, unnamedAggregator);
    const url = `${rig.publicUrl}/receipts/${CARRIER_ID}`;
    const genuine = aggregatorReport([{ id: 'x1', state: 'delivered' }]);
    const forgeries: readonly RequestInit[] = [
      { ...genuine, headers: {} },
      { ...genuine, body: `${genuine.body} ` },
      aggregatorReport([{ id: 'x1', state: 'delivered' }], 'another key'),
    ];
    for (const forgery of forgeries) assert.equal(await rig.report(url, forgery), 403);
    assert.match(await rig.refusals(), /outcome="forged"\} 3/);
    assert.deepEqual(rig.receipts, []);
    assert.equal(await rig.report(url, genuine), 200);
    assert.equal(rig.receipts.length, 1);
  });

  it('several at once, with words nobody knows among them', async (t: TestContext) => {
    const rig = await useAggregatorRig(t, unnamedAggregator);
    const url = `${rig.publicUrl}/receipts/${CARRIER_ID}`;
    const reports = [
      { id: 1, state: 'expired', cause: 'E_9' },
      { id: 2, state: 'dancing' },
      { state: 'sent' },
    ];
    assert.equal(await rig.report(url, aggregatorReport(reports)), 200);
    assert.deepEqual(
      rig.receipts.map(({ carrierMessageId, state, reason }) => [carrierMessageId, state, reason]),
      [['1', 'expired', 'code-e-9']],
    );
  });

  it('a signed time has to be about now', async (t: TestContext) => {
    const rig = await useAggregatorRig(t, androidPhone);
    const url = `${rig.publicUrl}/receipts/${CARRIER_ID}`;
    const nowMs = rig.clock.now();
    assert.equal(await rig.report(url, phoneEvent('sms:delivered', 'x1', nowMs - 301_000)), 403);
    assert.equal(await rig.report(url, phoneEvent('sms:delivered', 'x1', nowMs + 299_000)), 200);
  });

  const mapping = { idPath: 'id', statePath: 's', states: { delivered: [1] } };

  it('by GET, at an unguessable path, acknowledged with the words that are wanted', async (t: TestContext) => {
    const receipts = { ...mapping, source: 'query' as const, acknowledgement: 'OK' };
    const rig = await useAggregatorRig(t, httpWith({}, { receiptSecret: SECRET, receipts }));
    const url = `${rig.publicUrl}/receipts/${CARRIER_ID}/${SECRET}?id=x1&s=1`;
    const reply = await fetch(url);
    assert.equal(await reply.text(), 'OK');
    assert.equal(rig.receipts[0]?.carrierMessageId, 'x1');
    assert.equal(await rig.report(url.replace(SECRET, `${SECRET}s`), {}), 403);
  });

  it('by a shared header, and by a prefixed signature over the URL: all that is set has to agree', async (t: TestContext) => {
    const receipts = {
      ...mapping,
      source: 'form' as const,
      header: { name: 'X-Token', value: 'sixteen characters' },
      hmac: {
        header: 'X-Sig',
        secret: 'k',
        algorithm: 'sha1' as const,
        encoding: 'base64' as const,
        prefix: 'v1=',
        signs: '{{url}}\n{{body}}',
      },
    };
    const rig = await useAggregatorRig(t, httpWith({}, { receipts }));
    const url = `${rig.publicUrl}/receipts/${CARRIER_ID}?a=b`;
    const body = 'id=x1&s=1';
    const headers = {
      'x-token': 'sixteen characters',
      'x-sig': `v1=${createHmac('sha1', 'k').update(`${url}\n${body}`).digest('base64')}`,
    };
    const post = (changed: Record<string, string>, to = url) =>
      rig.report(to, { method: 'POST', body, headers: { ...headers, ...changed } });
    assert.equal(await post({}), 200);
    assert.equal(await post({ 'x-token': 'another' }), 403);
    assert.equal(await post({ 'x-sig': headers['x-sig'].slice(3) }), 403);
    assert.equal(await post({}, url.replace('a=b', 'a=c')), 403);
  });

  it('are refused where no mapping is set', async (t: TestContext) => {
    const rig = await useAggregatorRig(t, httpWith({}));
    assert.equal(
      await rig.report(`${rig.publicUrl}/receipts/${CARRIER_ID}`, { method: 'POST', body: '{}' }),
      403,
    );
  });
});

describe('settings of kind http', () => {
  const base: HttpSettings = { request: { url: 'https://a.example/send?to={{to}}' } };
  const receipts = { idPath: 'id', statePath: 's', states: {} };
  const hmac = { header: 'h', secret: 's' };

  it('of both worked examples fit the schema and have no faults', () => {
    for (const page of ['http-aggregator.md', 'http-android-phone.md']) {
      const settings = settingsOnPage(page);
      assert.deepEqual([...Value.Errors(HTTP_SETTINGS, settings)], [], page);
      assert.deepEqual(findHttpFaults(settings), [], page);
    }
  });

  for (const [name, settings, path] of [
    ['a variable that there is not', { request: { url: 'https://a.example/{{phone}}' } }, 'request.url'],
    ['a variable in the host', { request: { url: 'https://{{to}}.example/' } }, 'request.url'],
    ['two bodies', { request: { url: 'https://a.example', text: 'x', form: {} } }, 'request'],
    ['a body with GET', { request: { url: 'https://a.example', text: 'x', method: 'GET' } }, 'request'],
    [
      'text of callers in a header',
      { request: { url: 'https://a.example', headers: { a: '{{body}}' } } },
      'request.headers.a',
    ],
    [
      'a line break in a header',
      { request: { url: 'https://a.example', headers: { a: 'x\ny' } } },
      'request.headers.a',
    ],
    ['half of Basic', { auth: { username: 'u' } }, 'auth'],
    ['a path that is none', { success: { idPath: '$..id' } }, 'success.idPath'],
    ['a pattern that is none', { errors: { pattern: '(' } }, 'errors.pattern'],
    ['values without a path', { success: { values: [1] } }, 'success'],
    ['receipts that anybody can forge', { publicUrl: 'https://a.example', receipts }, 'receipts'],
    ['receipts with nowhere to come to', { receiptSecret: SECRET, receipts }, 'publicUrl'],
    [
      'a signature that does not cover the receipt',
      {
        publicUrl: 'https://a.example',
        receipts: { ...receipts, hmac: { ...hmac, signs: '{{timestamp}}' } },
      },
      'receipts.hmac.signs',
    ],
  ] as const satisfies readonly (readonly [string, Partial<HttpSettings>, string])[]) {
    it(`${name} is a fault of ${path}`, () => {
      assert.deepEqual(
        findHttpFaults({ ...base, ...settings }).map((fault) => fault.path),
        [path],
      );
    });
  }
});
