/** Every engine error on the native wire, and hostile input (SECURITY.md rule 7) as a table. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serveDialect } from '../../../test/support/dialect-server.ts';
import { FAKE_SECRET, VERIFICATION_ID } from '../../../test/support/fake-engine.ts';
import { EngineError, type EngineErrorCode } from '../../core/errors.ts';
import { PROBLEMS } from '../../http/problem.ts';
import { native } from './index.ts';

const auth = { authorization: `Bearer ${FAKE_SECRET}` };
const START = '/otp/v1/verifications';

test('every engine error is a problem document with its status and code', async () => {
  for (const code of Object.keys(PROBLEMS) as EngineErrorCode[]) {
    const { app } = await serveDialect(native, {
      startVerification: async () => {
        throw new EngineError(code, 'Said for people.', {
          retryAfterSeconds: 7,
          limit: 'a-limit',
          field: 'to',
        });
      },
    });
    const reply = await app.inject({
      method: 'POST',
      url: START,
      headers: auth,
      payload: { to: '+14155550123' },
    });
    assert.equal(reply.statusCode, PROBLEMS[code].status, code);
    assert.match(String(reply.headers['content-type']), /^application\/problem\+json/);
    assert.equal(reply.headers['retry-after'], '7');
    assert.equal(reply.headers['www-authenticate'] !== undefined, code === 'unauthenticated');
    assert.deepEqual(reply.json(), {
      type: `urn:otpost:error:${code}`,
      title: PROBLEMS[code].title,
      status: PROBLEMS[code].status,
      detail: 'Said for people.',
      code,
      field: 'to',
      limit: 'a-limit',
      retryAfterSeconds: 7,
      faults: [{ path: 'to', message: 'Said for people.' }],
    });
  }
});

test('what nobody foresaw is a 500 that says nothing of its cause', async () => {
  const { app } = await serveDialect(native, {
    getVerification: () => Promise.reject(new TypeError('cannot read +14155550123 of undefined')),
  });
  const reply = await app.inject({ url: `${START}/${VERIFICATION_ID}`, headers: auth });
  assert.equal(reply.statusCode, 500);
  assert.doesNotMatch(reply.body, /4155550123|undefined|TypeError/);
});

test('missing, malformed and wrong credentials get one answer', async () => {
  const { app, calls } = await serveDialect(native);
  const bodies = new Set<string>();
  for (const authorization of [
    undefined,
    '',
    'Bearer',
    'Bearer  ',
    'Basic abc',
    'Bearer wrong',
    'Bearer a b',
  ]) {
    const headers = authorization === undefined ? {} : { authorization };
    const reply = await app.inject({ method: 'POST', url: START, headers, payload: { to: 1 } });
    assert.equal(reply.statusCode, 401, String(authorization));
    assert.equal(reply.headers['www-authenticate'], 'Bearer realm="otpost"');
    bodies.add(reply.body);
  }
  assert.equal(bodies.size, 1);
  assert.equal(calls.length, 1, 'only what could be a secret is looked up');
});

test('an address that failed too often has to wait, and is told how long', async () => {
  const { app, logger, telemetry } = await serveDialect(native);
  const ask = (secret: string, remoteAddress: string) =>
    app.inject({ url: START, headers: { authorization: `Bearer ${secret}` }, remoteAddress });
  for (let failure = 0; failure < 20; failure += 1)
    assert.equal((await ask('no', '192.0.2.1')).statusCode, 401);
  const limited = await ask(FAKE_SECRET, '192.0.2.1');
  assert.deepEqual([limited.statusCode, limited.json().code], [429, 'credentials_limited']);
  assert.equal(limited.headers['retry-after'], '30');
  const line = logger.lines.at(-1)?.fields;
  assert.deepEqual([line?.error, line?.limit], ['credentials_limited', 'failed-credentials-per-address']);
  const { body } = await telemetry.expose();
  assert.match(body, /otpost_limits_refused_total\{limit="failed-credentials-per-address"\} 1/);
  assert.equal((await ask(FAKE_SECRET, '192.0.2.2')).statusCode, 200);
});

test('unknown paths are 404 and wrong methods 405 with Allow, credentials or not', async () => {
  const { app } = await serveDialect(native);
  const cases = [
    ['GET', '/otp/v1', 404, undefined],
    ['GET', '/otp/v1/nothing', 404, undefined],
    ['POST', '/otp/v1/verifications/x/y/z', 404, undefined],
    ['GET', '/otp/v1/%zz', 404, undefined],
    ['DELETE', '/otp/v1/verifications', 405, 'GET, HEAD, POST'],
    ['PUT', `/otp/v1/verifications/${VERIFICATION_ID}`, 405, 'GET, HEAD'],
    ['GET', `/otp/v1/verifications/${VERIFICATION_ID}/checks`, 405, 'POST'],
    ['POST', '/otp/v1/templates/x', 405, 'DELETE, GET, HEAD, PUT'],
  ] as const;
  for (const [method, url, status, allow] of cases) {
    const reply = await app.inject({ method, url });
    assert.deepEqual([reply.statusCode, reply.headers.allow], [status, allow], `${method} ${url}`);
    assert.match(String(reply.headers['content-type']), /^application\/problem\+json/);
  }
});

const to = '+14155550123';
const manyNames = Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`name${index}`, 'x']));

/** What is sent, and the field that the answer must name. */
const REFUSED: readonly (readonly [unknown, string | undefined])[] = [
  [undefined, undefined],
  [[], undefined],
  ['text', undefined],
  [17, undefined],
  [{}, 'to'],
  [{ to: '' }, 'to'],
  [{ to: null }, 'to'],
  [{ to: 14155550123 }, 'to'],
  [{ to: [to] }, 'to'],
  [{ to: { $ne: '' } }, 'to'],
  [{ to: '1'.repeat(321) }, 'to'],
  [{ to, ttlSecond: 60 }, 'ttlSecond'],
  [{ to, TTLSECONDS: 60 }, 'TTLSECONDS'],
  [{ to, ttlSeconds: '60' }, 'ttlSeconds'],
  [{ to, ttlSeconds: 29 }, 'ttlSeconds'],
  [{ to, ttlSeconds: 604_801 }, 'ttlSeconds'],
  [{ to, ttlSeconds: 60.5 }, 'ttlSeconds'],
  [{ to, ttlSeconds: null }, 'ttlSeconds'],
  [{ to, ttlSeconds: 1e300 }, 'ttlSeconds'],
  [{ to, checksMax: 0 }, 'checksMax'],
  [{ to, checksMax: 21 }, 'checksMax'],
  [{ to, codeLength: 3 }, 'codeLength'],
  [{ to, codeLength: 21 }, 'codeLength'],
  [{ to, codeLength: true }, 'codeLength'],
  [{ to, codeAlphabet: 'alphanumeric-mixed' }, 'codeAlphabet'],
  [{ to, codeAlphabet: 'emoji' }, 'codeAlphabet'],
  [{ to, channel: 'totp' }, 'channel'],
  [{ to, channel: 'SMS' }, 'channel'],
  [{ to, locale: 'english please' }, 'locale'],
  [{ to, template: '' }, 'template'],
  [{ to, brand: 'A\nB' }, 'brand'],
  [{ to, brand: 'A\u2028B' }, 'brand'],
  [{ to, brand: 'x'.repeat(65) }, 'brand'],
  [{ to, sender: 'x'.repeat(321) }, 'sender'],
  [{ to, purpose: 'log in' }, 'purpose'],
  [{ to, clientReference: 'x'.repeat(256) }, 'clientReference'],
  [{ to, clientReference: 'a\u0000b' }, 'clientReference'],
  [{ to, clientIp: '1.2.3' }, 'clientIp'],
  [{ to, clientIp: 'localhost' }, 'clientIp'],
  [{ to, metadata: manyNames }, 'metadata'],
  [{ to, metadata: { a: 1 } }, 'metadata.a'],
  [{ to, metadata: { a: { b: 'c' } } }, 'metadata.a'],
  [{ to, metadata: { a: 'x'.repeat(501) } }, 'metadata.a'],
  [{ to, metadata: { '': 'x' } }, 'metadata'],
  [{ to, metadata: { ['k'.repeat(41)]: 'x' } }, 'metadata'],
  [{ to, metadata: ['x'] }, 'metadata'],
  [{ to, webOtpDomain: 'a b' }, 'webOtpDomain'],
  [{ to, webOtpDomain: 'https://a.example' }, 'webOtpDomain'],
  [{ to, webOtpDomain: 'a.example\n@b.example #1' }, 'webOtpDomain'],
  [{ to, androidAppHash: 'short' }, 'androidAppHash'],
];

test('hostile and mistaken starts are refused by name before the engine sees them', async () => {
  const { app, calls, logger } = await serveDialect(native);
  for (const [body, field] of REFUSED) {
    const reply = await app.inject({
      method: 'POST',
      url: START,
      headers: { ...auth, 'content-type': 'application/json' },
      payload: body === undefined ? '' : JSON.stringify(body),
    });
    const said = JSON.stringify(body);
    assert.equal(reply.statusCode, 400, said);
    const problem = reply.json();
    assert.equal(problem.code, 'invalid_request', said);
    assert.equal(problem.field, field, said);
    assert.doesNotMatch(reply.body, /4155550123/, 'values are not quoted');
  }
  assert.equal(calls.filter(({ method }) => method === 'startVerification').length, 0);
  assert.doesNotMatch(JSON.stringify(logger.lines), /4155550123/);
});

test('all faults of a body are listed, but no more than twenty', async () => {
  const { app } = await serveDialect(native);
  const post = async (payload: object) =>
    (await app.inject({ method: 'POST', url: START, headers: auth, payload })).json().faults;
  assert.deepEqual(await post({ ttlSeconds: 1, checksMax: 'x' }), [
    { path: 'to', message: 'is required' },
    { path: 'ttlSeconds', message: 'must be >= 30' },
    { path: 'checksMax', message: 'must be integer' },
  ]);
  assert.equal(
    (await post(Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`x${i}`, 1])))).length,
    20,
  );
});

test('a deeply nested body and one of thousands of fields are refused quickly', async () => {
  const { app } = await serveDialect(native);
  const nested = `{"to":${'['.repeat(30_000)}${']'.repeat(30_000)}}`;
  const wide = `{${Array.from({ length: 6000 }, (_, index) => `"${index}":1`).join(',')}}`;
  for (const payload of [nested, wide]) {
    const headers = { ...auth, 'content-type': 'application/json' };
    assert.equal((await app.inject({ method: 'POST', url: START, headers, payload })).statusCode, 400);
  }
});
