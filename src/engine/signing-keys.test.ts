/** Rotation without a gap, and one key however many ask for the first at once. Threat: a private key in the database. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import * as jose from 'jose';
import { createEngineHarness } from '../../test/support/engine-harness.ts';
import { createKeyHolder } from '../../test/support/key-holder.ts';
import { createManualClock } from '../../test/support/manual-clock.ts';
import { openTestStore } from '../../test/support/open-test-store.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

async function twoNodes(test: TestContext) {
  const store = await openTestStore();
  test.after(() => store[Symbol.asyncDispose]());
  const clock = createManualClock();
  const a = await createEngineHarness(store, { node: 'node-a', clock });
  const b = await createEngineHarness(store, { node: 'node-b', clock });
  const { principal } = await createKeyHolder(a);
  const kids = async () => (await store.loadSigningKeys()).map(({ kid }) => kid);
  return { store, clock, a, b, principal, kids };
}

const kidOf = (token: string) => jose.decodeProtectedHeader(token).kid;

describe('signing keys', { concurrency: true }, () => {
  it('there is none before the first use, and exactly one after it, whoever asks how often', async (test) => {
    const nodes = await twoNodes(test);
    const { a, b, principal, kids } = nodes;
    await a.sweep();
    assert.deepEqual(await kids(), []);
    const tokens = await Promise.all(
      [a, b, a, b].map(async ({ engine }) => (await engine.issueAccessToken(principal)).token),
    );
    const [only, ...others] = await kids();
    assert.deepEqual(others, []);
    for (const token of tokens) {
      assert.equal(kidOf(token), only);
      for (const { engine } of [a, b]) assert.deepEqual(await engine.authenticateToken(token), principal);
    }
  });

  it('the first token of another node is read at once, also where nonsense was read a moment before', async (test) => {
    const { a, b, principal } = await twoNodes(test);
    const header = Buffer.from('{"alg":"RS256","typ":"at+jwt","kid":"none"}').toString('base64url');
    assert.equal(await b.engine.authenticateToken(`${header}.e30.AAAA`), 'invalid');
    const { token } = await a.engine.issueAccessToken(principal);
    assert.deepEqual(await b.engine.authenticateToken(token), principal);
  });

  it('asking for the key set is a use, so nobody keeps an empty one', async (test) => {
    const nodes = await twoNodes(test);
    const { keys } = await nodes.a.engine.publishedKeys();
    assert.deepEqual(
      keys.map(({ kid }) => kid),
      await nodes.kids(),
    );
    const [key] = keys;
    assert(key);
    assert.deepEqual(Object.keys(key).sort(), ['alg', 'e', 'kid', 'kty', 'n', 'use']);
    assert.equal(Buffer.from(key.n, 'base64url').length * 8, 2048);
  });

  it('the next key is published a day before it signs; the old one goes when its last token has expired', async (test) => {
    const nodes = await twoNodes(test);
    const { store, clock, a, b, principal, kids } = nodes;
    const issue = async (node: typeof a) => (await node.engine.issueAccessToken(principal)).token;
    const published = async (node: typeof a) =>
      (await node.engine.publishedKeys()).keys.map(({ kid }) => kid);
    const first = kidOf(await issue(a));

    await clock.advance(28 * DAY_MS);
    await a.sweep();
    assert.deepEqual(await kids(), [first]);

    await clock.advance(DAY_MS);
    await Promise.all([a.sweep(), b.sweep()]);
    const [, second, ...others] = await kids();
    assert.ok(second && others.length === 0);
    assert.deepEqual(await published(b), [first, second]);
    assert.equal(kidOf(await issue(a)), first);

    await clock.advance(DAY_MS - 1);
    const last = await issue(b);
    assert.equal(kidOf(last), first);
    await clock.advance(1);
    assert.equal(kidOf(await issue(a)), second);

    await clock.advance(2 * HOUR_MS - 2_000);
    await b.sweep();
    assert.deepEqual(await a.engine.authenticateToken(last), principal);
    await clock.advance(10 * 60_000);
    assert.equal(await a.engine.authenticateToken(last), 'expired');
    assert.deepEqual(await published(a), [second]);
    await a.sweep();
    assert.deepEqual(
      (await store.loadSigningKeys()).map(({ kid, generation }) => [kid, generation]),
      [[second, 2]],
    );
  });

  it('an installation that slept through a rotation goes on with the old key for a day', async (test) => {
    const nodes = await twoNodes(test);
    const { clock, a, principal } = nodes;
    const first = kidOf((await a.engine.issueAccessToken(principal)).token);
    await clock.advance(90 * DAY_MS);
    await a.sweep();
    assert.equal(kidOf((await a.engine.issueAccessToken(principal)).token), first);
    await clock.advance(DAY_MS);
    assert.notEqual(kidOf((await a.engine.issueAccessToken(principal)).token), first);
  });

  it('private keys are stored sealed, each to its own place', async (test) => {
    const nodes = await twoNodes(test);
    const { store, a } = nodes;
    await a.engine.publishedKeys();
    const [stored] = await store.loadSigningKeys();
    assert(stored);
    const { keyring } = a.context;
    assert.doesNotMatch(Buffer.from(stored.privateSealed).toString('latin1'), /PRIVATE/);
    assert.match(
      keyring.open(stored.privateSealed, `signing_keys.private:${stored.kid}`),
      /BEGIN PRIVATE KEY/,
    );
    assert.throws(() => keyring.open(stored.privateSealed, 'signing_keys.private:another'));
  });
});
