/** Each thing that a reader pins, alone: what is right in all else and wrong in one is invalid. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import {
  importPrivateKey,
  importPublicKey,
  isJwtShaped,
  type JwtKey,
  type JwtReading,
  makeSigningKey,
  readJwt,
  signJwt,
} from './jwt.ts';

const NOW_MS = 1_767_225_600_000;
const NOW = NOW_MS / 1000;
const claims = { iss: 'us', aud: 'them', sub: 'ann', exp: NOW + 60 };

describe('a token', () => {
  let kid: string;
  let privateKey: JwtKey;
  let reading: JwtReading;
  before(async () => {
    const made = await makeSigningKey();
    kid = made.kid;
    privateKey = await importPrivateKey(made.privatePem);
    const publicKey = await importPublicKey(made.publicJwk);
    const findKey = async (name: string) => (name === kid ? publicKey : undefined);
    reading = {
      type: 'JWT',
      issuer: 'us',
      audience: 'them',
      requiredClaims: ['sub'],
      nowMs: NOW_MS,
      findKey,
    };
  });
  const sign = (changed: object = {}, type: JwtReading['type'] = 'JWT', name = kid) =>
    signJwt(name, privateKey, type, { ...claims, ...changed });
  const kindOf = async (token: string, changed: Partial<JwtReading> = {}) =>
    (await readJwt(token, { ...reading, ...changed })).kind;

  it('is read where everything is right', async () => {
    const read = await readJwt(await sign(), reading);
    assert.deepEqual(read, { kind: 'read', claims });
  });

  it('is invalid of another type, issuer or audience, under another key’s name, and without a claim', async () => {
    assert.equal(await kindOf(await sign({}, 'at+jwt')), 'invalid');
    assert.equal(await kindOf(await sign({ iss: 'them' })), 'invalid');
    assert.equal(await kindOf(await sign({ aud: 'us' })), 'invalid');
    assert.equal(await kindOf(await sign({}, 'JWT', 'another')), 'invalid');
    for (const name of ['iss', 'aud', 'sub', 'exp']) {
      assert.equal(await kindOf(await sign({ [name]: undefined })), 'invalid', name);
    }
  });

  it('is expired from its instant on, later where a tolerance is given, and only if nothing else is wrong', async () => {
    const nowMs = NOW_MS + 60_000;
    assert.equal(await kindOf(await sign(), { nowMs: nowMs - 1 }), 'read');
    assert.equal(await kindOf(await sign(), { nowMs }), 'expired');
    assert.equal(await kindOf(await sign(), { nowMs: nowMs + 4_999, toleranceSeconds: 5 }), 'read');
    assert.equal(await kindOf(await sign(), { nowMs: nowMs + 5_000, toleranceSeconds: 5 }), 'expired');
    assert.equal(await kindOf(await sign({ iss: 'them' }), { nowMs }), 'invalid');
  });

  it('whose key cannot be looked up is no bad token: the reason comes through', async () => {
    const findKey = () => Promise.reject(new Error('the store does not answer'));
    await assert.rejects(readJwt(await sign(), { ...reading, findKey }), /does not answer/);
  });

  it('is told from other text by its form', async () => {
    assert.equal(isJwtShaped(await sign()), true);
    for (const text of [
      '',
      'a.b',
      'a.b.',
      'a.b.c.d',
      'otpost_live_00',
      'a.b.c\n',
      `a.b.${'c'.repeat(5000)}`,
    ]) {
      assert.equal(isJwtShaped(text), false, text.slice(0, 20));
    }
  });
});
