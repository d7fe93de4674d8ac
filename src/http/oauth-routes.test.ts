/** The token endpoint as RFC 6749 words it, refusals included. Threats: credentials in two places, converted bodies, guessing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeEngine, FAKE_SECRET, FAKE_TENANT_ID, FAKE_TOKEN } from '../../test/support/fake-engine.ts';
import { createTestServer } from '../../test/support/http-server.ts';
import { createManualClock } from '../../test/support/manual-clock.ts';
import { EngineError } from '../core/errors.ts';
import type { Engine } from '../engine/engine.ts';
import { createAuthenticator } from './credentials.ts';
import { addOauthRoutes } from './oauth-routes.ts';

const FORM = 'application/x-www-form-urlencoded';
const IN_BODY = `client_id=${FAKE_TENANT_ID}&client_secret=${FAKE_SECRET}`;
const basic = (user: string, secret: string) =>
  `Basic ${Buffer.from(`${encodeURIComponent(user)}:${encodeURIComponent(secret)}`).toString('base64')}`;

async function serve(overrides: Partial<Engine> = {}) {
  const server = createTestServer();
  const fake = createFakeEngine(overrides);
  const { engine } = fake;
  const authenticator = createAuthenticator({ engine, clock: createManualClock().now });
  await addOauthRoutes(server.app, { engine, authenticator, logger: server.logger });
  const ask = (payload: string, headers: Record<string, string> = {}) =>
    server.app.inject({
      method: 'POST',
      url: '/oauth2/token',
      headers: { 'content-type': FORM, ...headers },
      payload,
    });
  return { ...server, ...fake, ask };
}

test('credentials in the body or as Basic give a token that nobody keeps a copy of', async () => {
  const { ask } = await serve();
  const authorization = basic(FAKE_TENANT_ID, FAKE_SECRET);
  for (const reply of [
    await ask(`grant_type=client_credentials&${IN_BODY}`),
    await ask('grant_type=client_credentials', { authorization }),
    await ask(`grant_type=client_credentials&client_id=${FAKE_TENANT_ID}`, { authorization }),
    await ask('grant_type=client_credentials&scope=&unknown=1', {
      authorization,
      'content-type': `${FORM}; charset=utf-8`,
    }),
  ]) {
    assert.equal(reply.statusCode, 200, reply.body);
    assert.deepEqual(reply.json(), {
      access_token: FAKE_TOKEN,
      token_type: 'Bearer',
      expires_in: 7199,
      scope: 'verify messages manage',
    });
    assert.equal(reply.headers['cache-control'], 'no-store');
    assert.equal(reply.headers.pragma, 'no-cache');
  }
});

test('the tenant named and the scopes asked for come to the engine', async () => {
  const { ask, calls, onlyCall } = await serve();
  await ask(`grant_type=client_credentials&scope=verify+messages&${IN_BODY}`);
  assert.deepEqual(onlyCall('issueAccessToken'), [['verify', 'messages']]);
  const [asked] = calls.filter(({ method }) => method === 'authenticate');
  assert.deepEqual(asked?.args, [{ tenantId: FAKE_TENANT_ID, secret: FAKE_SECRET }]);
});

test('every refusal has its RFC 6749 error, and is kept by nobody either', async () => {
  const { ask } = await serve({
    issueAccessToken: async () => {
      throw new EngineError('scope_missing', 'no such scope', { field: 'scope' });
    },
  });
  const grant = 'grant_type=client_credentials';
  const authorization = basic(FAKE_TENANT_ID, FAKE_SECRET);
  const rows: readonly (readonly [string, Record<string, string>, number, string])[] = [
    [IN_BODY, {}, 400, 'invalid_request'],
    [`grant_type=&${IN_BODY}`, {}, 400, 'invalid_request'],
    [`${grant}&${grant}&${IN_BODY}`, {}, 400, 'invalid_request'],
    [`${grant}&${IN_BODY}`, { authorization }, 400, 'invalid_request'],
    ['', { authorization }, 400, 'invalid_request'],
    [`{"grant_type":"client_credentials"}`, { 'content-type': 'application/json' }, 415, 'invalid_request'],
    [`${grant}&${'x'.repeat(70_000)}`, {}, 413, 'invalid_request'],
    [`grant_type=password&${IN_BODY}`, {}, 400, 'unsupported_grant_type'],
    [`${grant}&scope=admin&${IN_BODY}`, {}, 400, 'invalid_scope'],
    [grant, {}, 401, 'invalid_client'],
    [`${grant}&client_id=${FAKE_TENANT_ID}`, {}, 401, 'invalid_client'],
    [`${grant}&client_id=${FAKE_TENANT_ID}&client_secret=wrong`, {}, 401, 'invalid_client'],
    [grant, { authorization: 'Bearer abc' }, 401, 'invalid_client'],
    [grant, { authorization: `Basic ${Buffer.from('a:%zz').toString('base64')}` }, 401, 'invalid_client'],
    [`${grant}&client_id=another`, { authorization }, 401, 'invalid_client'],
  ];
  for (const [body, headers, status, error] of rows) {
    const reply = await ask(body, headers);
    const row = `${body.slice(0, 60)} ${JSON.stringify(headers)}`;
    assert.deepEqual([reply.statusCode, reply.json().error], [status, error], row);
    assert.equal(reply.headers['cache-control'], 'no-store', row);
    assert.equal(reply.headers['www-authenticate'] !== undefined, status === 401, row);
    assert.doesNotMatch(reply.body, /otpost_live/);
  }
});

test('another method is refused with the one that works', async () => {
  const { app } = await serve();
  const reply = await app.inject({ method: 'GET', url: '/oauth2/token' });
  assert.deepEqual(
    [reply.statusCode, reply.headers.allow, reply.json().error],
    [405, 'POST', 'invalid_request'],
  );
});

test('whoever guesses is told to wait, and what breaks on our side is no fault of the client', async () => {
  const { ask } = await serve({
    issueAccessToken: async () => {
      throw new Error('the disk is full of secrets');
    },
  });
  const broken = await ask(`grant_type=client_credentials&${IN_BODY}`);
  assert.deepEqual([broken.statusCode, broken.json().error], [500, 'server_error']);
  assert.doesNotMatch(broken.body, /disk/);
  const guess = () => ask(`grant_type=client_credentials&client_id=${FAKE_TENANT_ID}&client_secret=wrong`);
  for (let failure = 0; failure < 20; failure += 1) assert.equal((await guess()).statusCode, 401);
  const limited = await guess();
  assert.deepEqual([limited.statusCode, limited.json().error], [429, 'temporarily_unavailable']);
  assert.equal(limited.headers['retry-after'], '30');
});
