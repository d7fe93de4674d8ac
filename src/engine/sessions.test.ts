/** Sessions: their claims, their life, and who may continue them. Threat: a proof carried over to where it counts for nothing. */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import * as jose from 'jose';
import { createEngineHarness } from '../../test/support/engine-harness.ts';
import { createKeyHolder } from '../../test/support/key-holder.ts';
import { openTestStore } from '../../test/support/open-test-store.ts';
import type { Principal } from '../core/principal.ts';
import type { Session } from './engine.ts';

const SMS = {
  deliveryMethod: 'sms',
  detail: { phone_number_factor: { phone_id: 'phone-number-live-1', phone_number: '+14155550123' } },
} as const;
const EMAIL = {
  deliveryMethod: 'email',
  detail: { email_factor: { email_id: 'email-live-1', email_address: 'ann@acme.example' } },
} as const;

describe('a session', async () => {
  const store = await openTestStore();
  after(() => store[Symbol.asyncDispose]());
  const harness = await createEngineHarness(store);
  const { engine, clock } = harness;
  const { principal } = await createKeyHolder(harness);
  const begin = (by: Principal = principal) =>
    engine.issueSession(by, { recipientId: 'recipient-1', factor: SMS });

  async function resume(jwt: string, by: Principal = principal): Promise<Session | undefined> {
    const bearer = await engine.readBearer(by, jwt);
    return bearer.kind === 'session' ? bearer.session : undefined;
  }

  it('has exactly the claims of its kind, and anybody verifies it from the published keys', async () => {
    const { jwt, session } = await begin();
    const keys = jose.createLocalJWKSet((await engine.publishedKeys()) as jose.JSONWebKeySet);
    const { payload, protectedHeader } = await jose.jwtVerify(jwt, keys, {
      currentDate: new Date(clock.now()),
      audience: principal.tenant.id,
      typ: 'JWT',
    });
    assert.equal(protectedHeader.alg, 'RS256');
    const startedAt = new Date(clock.now()).toISOString();
    const iat = Math.floor(clock.now() / 1000);
    assert.deepEqual(payload, {
      iss: 'http://127.0.0.1:6877',
      aud: principal.tenant.id,
      sub: 'user-live-recipient-1',
      iat,
      nbf: iat,
      exp: iat + 300,
      'https://otpost/session': {
        id: session.id,
        started_at: startedAt,
        last_accessed_at: startedAt,
        expires_at: new Date(clock.now() + 600_000).toISOString(),
        authentication_factors: [
          {
            type: 'otp',
            delivery_method: 'sms',
            last_authenticated_at: startedAt,
            phone_number_factor: { phone_id: 'phone-number-live-1', phone_number: '+14155550123' },
          },
        ],
      },
    });
  });

  it('is continued with a second factor: same id, subject and start, ten minutes more', async () => {
    const first = await begin();
    await clock.advance(120_000);
    const continues = await resume(first.jwt);
    const second = await engine.issueSession(principal, {
      recipientId: 'recipient-2',
      factor: EMAIL,
      ...(continues && { continues }),
    });
    assert.equal(second.session.id, first.session.id);
    assert.equal(second.session.subject, first.session.subject);
    assert.equal(second.session.startedAtMs, first.session.startedAtMs);
    assert.equal(second.session.expiresAtMs, clock.now() + 600_000);
    assert.deepEqual(
      second.session.factors.map(({ deliveryMethod }) => deliveryMethod),
      ['sms', 'email'],
    );
    assert.deepEqual(await resume(second.jwt), second.session);
  });

  it('is still continued when its token has run out, and is expired ten minutes after its last use', async () => {
    await clock.advance(777);
    const { jwt, session } = await begin();
    await clock.advance(599_999);
    assert.deepEqual(await resume(jwt), session);
    await clock.advance(1);
    assert.deepEqual(await engine.readBearer(principal, jwt), { kind: 'expired' });
    await clock.advance(3_600_000);
    assert.deepEqual(await engine.readBearer(principal, jwt), { kind: 'expired' });
  });

  it('is no session for another tenant, nor across live and test keys', async () => {
    const { principal: stranger } = await createKeyHolder(harness);
    const tester: Principal = { ...principal, mode: 'test' };
    const live = await begin();
    const test = await begin(tester);
    assert.deepEqual(await engine.readBearer(stranger, live.jwt), { kind: 'invalid' });
    assert.deepEqual(await engine.readBearer(tester, live.jwt), { kind: 'invalid' });
    assert.deepEqual(await engine.readBearer(principal, test.jwt), { kind: 'invalid' });
    assert.deepEqual(await resume(test.jwt, tester), test.session);
  });

  it('may be joined by a Bearer that is an access token of the same tenant, and of no other', async () => {
    const { principal: stranger } = await createKeyHolder(harness);
    const { token } = await engine.issueAccessToken(principal);
    assert.deepEqual(await engine.readBearer(principal, token), { kind: 'access', principal });
    assert.deepEqual(await engine.readBearer(stranger, token), { kind: 'invalid' });
    await clock.advance(7_200_000);
    assert.deepEqual(await engine.readBearer(principal, token), { kind: 'expired' });
  });

  it('does not begin from a token that somebody else signed', async () => {
    const { jwt } = await begin();
    const { privateKey } = await jose.generateKeyPair('RS256');
    const header = jose.decodeProtectedHeader(jwt) as jose.JWTHeaderParameters;
    const forged = await new jose.SignJWT(jose.decodeJwt(jwt)).setProtectedHeader(header).sign(privateKey);
    assert.deepEqual(await engine.readBearer(principal, forged), { kind: 'invalid' });
  });
});
