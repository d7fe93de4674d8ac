/**
 * Threats: forged, altered, confused, foreign and outlived tokens (RFC 8725 §2), a revoked key whose tokens go on.
 * jose is used here as the other party: it makes what an attacker would and verifies what we publish.
 */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import * as jose from 'jose';
import { createEngineHarness } from '../../test/support/engine-harness.ts';
import { createKeyHolder } from '../../test/support/key-holder.ts';
import { openTestStore } from '../../test/support/open-test-store.ts';
import { rejectsWith } from '../../test/support/rejects-with.ts';
import { createEngine } from './create-engine.ts';

const ISSUER = 'http://127.0.0.1:6877';

describe('an access token', async () => {
  const store = await openTestStore();
  after(() => store[Symbol.asyncDispose]());
  const harness = await createEngineHarness(store);
  const { engine, clock } = harness;
  const holder = await createKeyHolder(harness);
  const { principal } = holder;
  const claimsOf = (token: string) => jose.decodeJwt(token);

  /** A token of these claims as an attacker who knows all that is public would sign it. */
  async function forge(claims: jose.JWTPayload, header: Partial<jose.JWTHeaderParameters>) {
    const { privateKey } = await jose.generateKeyPair('RS256');
    return new jose.SignJWT(claims)
      .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', ...header })
      .sign(privateKey);
  }

  it('stands for its key: tenant, mode and scopes', async () => {
    const { token, expiresInSeconds, scopes } = await engine.issueAccessToken(principal);
    assert.equal(expiresInSeconds, 7199);
    assert.deepEqual(scopes, ['verify', 'messages', 'manage']);
    assert.deepEqual(await engine.authenticateToken(token), principal);
  });

  it('says who, for whom and how long, and is verified by anybody from the published keys', async () => {
    const { token } = await engine.issueAccessToken(principal, ['verify']);
    const keys = jose.createLocalJWKSet((await engine.publishedKeys()) as jose.JSONWebKeySet);
    const currentDate = new Date(clock.now());
    const { payload, protectedHeader } = await jose.jwtVerify(token, keys, { currentDate, issuer: ISSUER });
    assert.deepEqual([protectedHeader.alg, protectedHeader.typ], ['RS256', 'at+jwt']);
    const { jti, iat = 0, ...claims } = payload;
    assert.equal(iat, Math.floor(clock.now() / 1000));
    assert.match(String(jti), /^[0-9a-f-]{36}$/);
    assert.deepEqual(claims, {
      iss: ISSUER,
      aud: ISSUER,
      sub: principal.tenant.id,
      client_id: principal.tenant.id,
      key_id: principal.keyId,
      scope: 'verify',
      exp: iat + 7200,
    });
  });

  it('has the scopes asked for and no others, and none that its key lacks', async () => {
    const { token } = await engine.issueAccessToken(principal, ['verify']);
    const bearer = await engine.authenticateToken(token);
    assert.deepEqual(typeof bearer === 'object' && bearer.scopes, ['verify']);
    const narrow = await createKeyHolder(harness, { scopes: ['messages'] });
    for (const asked of ['verify', 'admin', '', '__proto__']) {
      await rejectsWith(engine.issueAccessToken(narrow.principal, ['messages', asked]), 'scope_missing');
    }
  });

  it('is expired at its expiry instant and good a moment before, whether or not it was read before', async () => {
    const { token } = await engine.issueAccessToken(principal);
    const unread = (await engine.issueAccessToken(principal)).token;
    const startMs = clock.now();
    const expiresAtMs = Number(claimsOf(token).exp) * 1000;
    clock.step(expiresAtMs - 1);
    assert.deepEqual(await engine.authenticateToken(token), principal);
    clock.step(expiresAtMs);
    assert.equal(await engine.authenticateToken(token), 'expired');
    assert.equal(await engine.authenticateToken(unread), 'expired');
    assert.equal(await engine.authenticateToken(token), 'expired');
    clock.step(startMs);
  });

  it('is invalid within two seconds of its key being revoked, on every node', async () => {
    const other = createEngine(harness.context);
    const { principal: doomed } = await createKeyHolder(harness);
    const { token } = await engine.issueAccessToken(doomed);
    assert.deepEqual(await engine.authenticateToken(token), doomed);
    assert.deepEqual(await other.authenticateToken(token), doomed);
    await store.revokeKey(doomed.keyId, clock.now());
    await clock.advance(2_000);
    assert.equal(await engine.authenticateToken(token), 'invalid');
    assert.equal(await other.authenticateToken(token), 'invalid');
  });

  it('is invalid when signed by a stranger, under our key’s name, another or none', async () => {
    const { token } = await engine.issueAccessToken(principal);
    const { kid = '' } = jose.decodeProtectedHeader(token);
    const claims = claimsOf(token);
    const { publicKey, privateKey } = await jose.generateKeyPair('RS256');
    const jwk = await jose.exportJWK(publicKey);
    const withOwnKey = new jose.SignJWT(claims).setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid, jwk });
    for (const forged of [
      await forge(claims, { kid }),
      await forge(claims, { kid: 'another' }),
      await forge(claims, {}),
      await forge(claims, { kid, jku: 'https://attacker.example/jwks.json' }),
      await withOwnKey.sign(privateKey),
    ]) {
      assert.equal(await engine.authenticateToken(forged), 'invalid');
    }
  });

  it('is invalid under every other algorithm, the public key as a shared secret and none included', async () => {
    const { token } = await engine.issueAccessToken(principal);
    const { kid = '' } = jose.decodeProtectedHeader(token);
    const { keys } = await engine.publishedKeys();
    const jwk = keys.find((key) => key.kid === kid);
    assert(jwk);
    const pem = await jose.exportSPKI((await jose.importJWK({ ...jwk }, 'RS256')) as jose.CryptoKey);
    for (const secret of [pem, JSON.stringify(jwk), jwk.n]) {
      const confused = new jose.SignJWT(claimsOf(token)).setProtectedHeader({
        alg: 'HS256',
        typ: 'at+jwt',
        kid,
      });
      const forged = await confused.sign(Buffer.from(secret));
      assert.equal(await engine.authenticateToken(forged), 'invalid');
    }
    const [, payload = '', signature = ''] = token.split('.');
    for (const alg of ['none', 'None', 'RS512', 'PS256', 'rs256', '']) {
      const header = jose.base64url.encode(JSON.stringify({ alg, typ: 'at+jwt', kid }));
      assert.equal(await engine.authenticateToken(`${header}.${payload}.${signature}`), 'invalid', alg);
      assert.equal(await engine.authenticateToken(`${header}.${payload}.`), 'invalid', alg);
    }
  });

  it('is invalid with one letter changed anywhere, cut, empty, huge, or of another kind', async () => {
    const { token } = await engine.issueAccessToken(principal);
    const parts = token.split('.');
    for (const index of [0, 1, 2]) {
      const part = parts[index] ?? '';
      const at = Math.floor(part.length / 2);
      const altered = part.slice(0, at) + (part[at] === 'A' ? 'B' : 'A') + part.slice(at + 1);
      assert.equal(await engine.authenticateToken(parts.with(index, altered).join('.')), 'invalid');
    }
    const { jwt } = await engine.issueSession(principal, {
      recipientId: 'r',
      factor: { deliveryMethod: 'sms', detail: {} },
    });
    const strange = [
      '',
      '.',
      '..',
      'a.b.c',
      'é.é.é',
      token.slice(0, -9),
      `${token}.x`,
      `${'a'.repeat(5000)}.b.c`,
    ];
    for (const text of [...strange, holder.secret, jwt]) {
      assert.equal(await engine.authenticateToken(text), 'invalid', text.slice(0, 40));
    }
  });

  it('of another installation is invalid, even where both have the same keys', async () => {
    const elsewhere = createEngine({ ...harness.context, publicUrl: 'https://otp.elsewhere.example' });
    const { token } = await elsewhere.issueAccessToken(principal);
    assert.deepEqual(await elsewhere.authenticateToken(token), principal);
    assert.equal(await engine.authenticateToken(token), 'invalid');
  });
});
