/** Tokens and devices through the whole product: every part is mounted and finds the others. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { TOTP, URI } from 'otpauth';
import { makeTestFolder, openTestApp, removeTestFolder } from '../support/open-test-app.ts';

describe('the app, to a client of OAuth', () => {
  it('gives a token for the demo’s credentials, and takes it to enrol and check an authenticator', async (test) => {
    const folder = makeTestFolder();
    const running = await openTestApp({ folder });
    test.after(async () => {
      await running[Symbol.asyncDispose]();
      removeTestFolder(folder);
    });
    const { url, app } = running;
    const secret = /otpost_live_[0-9a-f]{48}/.exec(running.said[0] ?? '')?.[0] ?? '';
    const [tenant] = await app.parts.store.listTenants();
    assert(tenant);
    const granted = await fetch(`${url}/oauth2/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${tenant.id}:${secret}`)}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    const { access_token: token } = (await granted.json()) as { access_token: string };
    const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL(`${url}/.well-known/jwks.json`)));
    assert.equal(payload.client_id, tenant.id);

    const post = async (path: string, body: object) => {
      const reply = await fetch(`${url}/otp/v1/subjects/ann/devices${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      return (await reply.json()) as Record<string, string>;
    };
    const device = await post('', { type: 'totp', name: 'phone' });
    const authenticator = URI.parse(device.uri ?? '');
    assert(authenticator instanceof TOTP);
    const code = authenticator.generate();
    assert.equal((await post(`/${device.id}/activate`, { code })).outcome, 'approved');
    assert.equal((await post(`/${device.id}/checks`, { code })).outcome, 'used');
    const { body } = await app.server.inject('/metrics');
    assert.doesNotMatch(body, /otpost_verifications_total\{/);
  });
});
