/**
 * Threat: one mode of keys used for the other. A test key that reaches a real carrier, or guesses, by way of what a live
 * key began; a code of the simulated phone, which anybody may read, that proves a number to a live key or buys guesses.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DIALECTS } from '../../../src/dialects/registry.ts';
import { type DialectInstallation, installDialects } from '../../support/dialect-installation.ts';
import { wrongCode } from '../../support/engine-harness.ts';
import { RECIPIENT } from './doors.ts';

const COOLDOWN_MS = 30_000;
/** Of the tenth wrong code in a row. */
const FIRST_WAIT_MS = 30_000;

const asBearer = (secret: string) => ({ authorization: `Bearer ${secret}` });
const posterAt =
  (at: DialectInstallation) =>
  (secret: string, path: string, payload: object, more: Readonly<Record<string, string>> = {}) =>
    at.ask({
      method: 'POST',
      url: `/otp/v1/verifications${path}`,
      headers: { ...asBearer(secret), ...more },
      payload,
    });

test('a test key neither takes up what a live key began nor sends it again, nor the reverse', async () => {
  await using at = await installDialects(DIALECTS);
  const { secret: live, testSecret: testing } = at.tenant;
  const post = posterAt(at);
  const counts = () => [at.network.sent.length, at.phone.sent.length];

  const begun = (await post(live, '', { to: RECIPIENT })).json();
  await at.harness.clock.advance(COOLDOWN_MS);
  const tried = (await post(testing, '', { to: RECIPIENT })).json();
  assert.notEqual(tried.id, begun.id);
  assert.deepEqual([begun.mode, tried.mode], ['live', 'test']);
  assert.deepEqual(counts(), [1, 1]);

  await at.harness.clock.advance(COOLDOWN_MS);
  assert.equal((await post(testing, `/${begun.id}/sends`, {})).statusCode, 404);
  assert.equal((await post(live, `/${tried.id}/sends`, {})).statusCode, 404);
  assert.deepEqual(counts(), [1, 1]);
  assert.equal((await post(live, `/${begun.id}/sends`, {})).statusCode, 201);
  assert.equal((await post(testing, `/${tried.id}/sends`, {})).statusCode, 201);
  assert.deepEqual(counts(), [2, 2]);
});

test('neither a right nor a wrong code, nor a cancel, counts across the modes, and each looks like an unknown id', async () => {
  await using at = await installDialects(DIALECTS);
  const { secret: live, testSecret: testing, id: tenantId } = at.tenant;
  const post = posterAt(at);
  const command = { to: RECIPIENT, checksMax: 1 };
  const begun = (await post(live, '', command)).json();
  const tried = (await post(testing, '', command)).json();
  const codes = [at.network.sent.at(-1)?.code ?? '', at.phone.sent.at(-1)?.code ?? ''] as const;
  const basic = (secret: string) => ({
    authorization: `Basic ${Buffer.from(`${tenantId}:${secret}`).toString('base64')}`,
  });

  for (const [stranger, owner, { id }, code] of [
    [testing, live, begun, codes[0]],
    [live, testing, tried, codes[1]],
  ] as const) {
    const unknown = await post(stranger, `/${at.harness.context.makeId()}/checks`, { code });
    for (const typed of [code, wrongCode(code)]) {
      const reply = await post(stranger, `/${id}/checks`, { code: typed });
      assert.deepEqual([reply.statusCode, reply.json()], [404, unknown.json()]);
      const relayed = { url: `/api/relay/rest/mfa/${id}/verify`, headers: basic(stranger) };
      const refused = await at.ask({ method: 'POST', ...relayed, payload: { token: typed } });
      assert.doesNotMatch(refused.body, /"success":true/);
    }
    assert.equal((await post(stranger, `/${id}/cancel`, {})).statusCode, 404);
    assert.equal((await post(owner, `/${id}/checks`, { code })).json().outcome, 'approved');
  }
});

test('a right code of the simulated phone ends no wait and no run of wrong ones at the real one', async () => {
  await using at = await installDialects(DIALECTS);
  const { secret: live, testSecret: testing } = at.tenant;
  const post = posterAt(at);
  const guess = async (times: number) => {
    const { id } = (await post(live, '', { to: RECIPIENT })).json();
    const wrong = wrongCode(at.network.sent.at(-1)?.code ?? '');
    const outcomes: string[] = [];
    for (let count = 0; count < times; count += 1) {
      const { outcome, code } = (await post(live, `/${id}/checks`, { code: wrong })).json();
      outcomes.push(outcome ?? code);
    }
    return outcomes;
  };
  await guess(5);
  await at.harness.clock.advance(COOLDOWN_MS);
  assert.deepEqual(await guess(4), Array(4).fill('incorrect'));

  const tried = (await post(testing, '', { to: RECIPIENT })).json();
  const code = at.phone.sent.at(-1)?.code ?? '';
  assert.equal((await post(testing, `/${tried.id}/checks`, { code })).json().outcome, 'approved');
  // The tenth in a row, as if nothing had been approved.
  await at.harness.clock.advance(COOLDOWN_MS);
  assert.deepEqual(await guess(1), ['incorrect']);
  const refused = await post(live, '', { to: RECIPIENT });
  assert.equal(refused.json().code, 'recipient_blocked');
  await at.harness.clock.advance(FIRST_WAIT_MS);
  assert.deepEqual(await guess(1), ['incorrect']);
});

test('an Idempotency-Key of one mode does not stand for a call of the other', async () => {
  await using at = await installDialects(DIALECTS);
  const { secret: live, testSecret: testing } = at.tenant;
  const post = posterAt(at);
  const key = { 'idempotency-key': 'one-key' };
  const tried = await post(testing, '', { to: RECIPIENT }, key);
  assert.equal(tried.statusCode, 201);
  const begun = await post(live, '', { to: RECIPIENT }, key);
  assert.equal(begun.statusCode, 201);
  assert.notEqual(begun.json().id, tried.json().id);
  for (const [secret, first] of [
    [testing, tried],
    [live, begun],
  ] as const) {
    const repeated = await post(secret, '', { to: RECIPIENT }, key);
    assert.equal(repeated.headers['idempotency-replayed'], 'true');
    assert.equal(repeated.json().id, first.json().id);
  }
});

test('what one mode began the other neither reads nor lists', async () => {
  await using at = await installDialects(DIALECTS);
  const { secret: live, testSecret: testing } = at.tenant;
  const ask = (secret: string, url: string, payload?: object) =>
    at.ask({
      method: payload ? 'POST' : 'GET',
      url: `/otp/v1${url}`,
      headers: asBearer(secret),
      ...(payload && { payload }),
    });
  const idsOf = async (secret: string, url: string, payload?: object): Promise<readonly string[]> =>
    (await ask(secret, url, payload)).json().items.map(({ id }: { id: string }) => id);
  const begun = new Map<string, { verification: string; messages: readonly string[] }>();
  for (const secret of [live, testing]) {
    const { id: verification, messages } = (await ask(secret, '/verifications', { to: RECIPIENT })).json();
    const { id: text } = (await ask(secret, '/messages', { to: RECIPIENT, body: 'Hello' })).json();
    begun.set(secret, { verification, messages: [text, messages[0].id] });
  }
  for (const [secret, other] of [
    [live, testing],
    [testing, live],
  ] as const) {
    const own = begun.get(secret);
    const strange = begun.get(other);
    assert.ok(own && strange);
    assert.deepEqual(await idsOf(secret, '/verifications'), [own.verification]);
    assert.deepEqual(await idsOf(secret, '/verifications?status=pending'), [own.verification]);
    assert.deepEqual(await idsOf(secret, '/verifications/search', { to: RECIPIENT }), [own.verification]);
    assert.deepEqual(await idsOf(secret, '/messages'), own.messages);
    assert.deepEqual(await idsOf(secret, `/messages?verificationId=${strange.verification}`), []);
    const paths = [
      `/verifications/${strange.verification}`,
      ...strange.messages.map((id) => `/messages/${id}`),
    ];
    for (const path of paths) assert.equal((await ask(secret, path)).statusCode, 404, path);
  }
});

test('sends with a test key use up nothing of what live keys may, and the reverse', async () => {
  const window = { max: 2, windowSeconds: 3_600 };
  for (const subject of ['recipient', 'tenant', 'prefix'] as const) {
    await using at = await installDialects(DIALECTS, { limits: [{ name: subject, subject, ...window }] });
    const { secret: live, testSecret: testing } = at.tenant;
    const post = posterAt(at);
    const statuses: number[] = [];
    for (const secret of [testing, testing, testing, live, live, live]) {
      statuses.push((await post(secret, '', { to: RECIPIENT })).statusCode);
      await at.harness.clock.advance(COOLDOWN_MS);
    }
    assert.deepEqual(statuses, [201, 201, 429, 201, 201, 429], subject);
  }
});

test('wrong codes in one mode block nobody in the other, and only its own keys lift that block', async () => {
  await using at = await installDialects(DIALECTS);
  const { secret: live, testSecret: testing } = at.tenant;
  const post = posterAt(at);
  const statusOf = async (secret: string) => (await post(secret, '', { to: RECIPIENT })).statusCode;
  const unblock = (secret: string) =>
    at.ask({
      method: 'POST',
      url: '/otp/v1/recipients/unblock',
      headers: asBearer(secret),
      payload: { to: RECIPIENT },
    });
  for (const { carrier, secret, other } of [
    { carrier: at.phone, secret: testing, other: live },
    { carrier: at.network, secret: live, other: testing },
  ]) {
    for (let round = 0; round < 2; round += 1) {
      const { id } = (await post(secret, '', { to: RECIPIENT })).json();
      const wrong = wrongCode(carrier.sent.at(-1)?.code ?? '');
      for (let count = 0; count < 5; count += 1) await post(secret, `/${id}/checks`, { code: wrong });
      await at.harness.clock.advance(1);
    }
    assert.equal(await statusOf(secret), 429);
    assert.equal(await statusOf(other), 201);
    await unblock(other);
    assert.equal(await statusOf(secret), 429);
    await unblock(secret);
    assert.equal(await statusOf(secret), 201);
    // Both begin the next round with nothing pending and nothing counted.
    await at.harness.clock.advance(3_600_000);
  }
});
