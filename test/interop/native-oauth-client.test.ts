/** The token endpoint and the key set, used by an OAuth client library and a JOSE library that know nothing of us. */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as oauth from 'oauth4webapi';
import { mountDialects } from '../../src/dialects/mount.ts';
import { native } from '../../src/dialects/native/index.ts';
import { createAuthenticator } from '../../src/http/credentials.ts';
import { addJwksRoutes } from '../../src/http/jwks-routes.ts';
import { addOauthRoutes } from '../../src/http/oauth-routes.ts';
import { createEngineHarness } from '../support/engine-harness.ts';
import { createTestServer } from '../support/http-server.ts';
import { createKeyHolder } from '../support/key-holder.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { openTestStore } from '../support/open-test-store.ts';

const insecure = { [oauth.allowInsecureRequests]: true };

describe('OAuth clients', async () => {
  const store = await openTestStore();
  // The client libraries look at the wall clock.
  const harness = await createEngineHarness(store, { clock: createManualClock(Date.now()) });
  const { engine, clock } = harness;
  const { app, logger } = createTestServer();
  const authenticator = createAuthenticator({ engine, clock: clock.now });
  await addOauthRoutes(app, { engine, authenticator, logger });
  addJwksRoutes(app, engine);
  await mountDialects(
    app,
    [native],
    {},
    { ...{ engine, authenticator, clock: clock.now, logger }, settingsOf: harness.context.settingsOf },
  );
  const base = await app.listen({ host: '127.0.0.1', port: 0 });
  after(async () => {
    await app.close();
    await store[Symbol.asyncDispose]();
  });
  const { principal, secret } = await createKeyHolder(harness);
  const server: oauth.AuthorizationServer = { issuer: base, token_endpoint: `${base}/oauth2/token` };
  const client: oauth.Client = { client_id: principal.tenant.id };

  async function getToken(authentication: oauth.ClientAuth, parameters: Record<string, string> = {}) {
    const asked = new URLSearchParams(parameters);
    const reply = await oauth.clientCredentialsGrantRequest(server, client, authentication, asked, insecure);
    return oauth.processClientCredentialsResponse(server, client, reply);
  }

  for (const [name, method] of [
    ['Basic', oauth.ClientSecretBasic],
    ['the body', oauth.ClientSecretPost],
  ] as const) {
    it(`get a token with their secret in ${name}, and others verify it from the key set`, async () => {
      const granted = await getToken(method(secret), { scope: 'verify' });
      assert.deepEqual([granted.token_type, granted.expires_in, granted.scope], ['bearer', 7199, 'verify']);
      const keys = createRemoteJWKSet(new URL(`${base}/.well-known/jwks.json`));
      const { payload } = await jwtVerify(granted.access_token, keys, { typ: 'at+jwt' });
      assert.equal(payload.client_id, principal.tenant.id);
    });
  }

  it('are told in the words of the standard what is wrong', async () => {
    const isError = (error: string) => (thrown: unknown) =>
      thrown instanceof oauth.ResponseBodyError && thrown.error === error;
    await assert.rejects(
      getToken(oauth.ClientSecretPost(secret), { scope: 'admin' }),
      isError('invalid_scope'),
    );
    for (const wrong of [oauth.ClientSecretPost('no'), oauth.ClientSecretBasic('no')]) {
      await assert.rejects(getToken(wrong), (thrown) => {
        assert(thrown instanceof oauth.WWWAuthenticateChallengeError);
        assert.deepEqual([thrown.status, thrown.cause[0]?.scheme], [401, 'basic']);
        return true;
      });
    }
  });

  it('use the token on the native API while it lives, within its scopes, until its key is revoked', async () => {
    const call = async (token: string) => {
      const reply = await app.inject({
        url: '/otp/v1/templates',
        headers: { authorization: `Bearer ${token}` },
      });
      return [reply.statusCode, reply.json().code ?? 'ok', reply.json().field];
    };
    const holder = await createKeyHolder(harness);
    const { token } = await engine.issueAccessToken(holder.principal);
    const { token: narrow } = await engine.issueAccessToken(holder.principal, ['verify']);
    assert.deepEqual(await call(token), [200, 'ok', undefined]);
    assert.deepEqual(await call(narrow), [403, 'scope_missing', undefined]);
    assert.deepEqual(await call(`${token}x`), [401, 'unauthenticated', undefined]);
    await store.revokeKey(holder.principal.keyId, clock.now());
    await clock.advance(2_000);
    assert.deepEqual(await call(token), [401, 'unauthenticated', undefined]);
    const { token: old } = await engine.issueAccessToken(principal);
    await clock.advance(7_200_000);
    assert.deepEqual(await call(old), [401, 'unauthenticated', 'exp']);
  });

  it('may keep the key set for a while', async () => {
    const reply = await app.inject('/.well-known/jwks.json');
    assert.equal(reply.headers['cache-control'], 'public, max-age=600');
    assert.match(String(reply.headers['content-type']), /^application\/json/);
  });
});
