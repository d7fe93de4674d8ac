/** Threats: a code of one purpose, address kind or mode that counts for another; guesses beside the recipient's budget. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createEngineHarness, lastCode, startCommand, wrongCode } from '../../test/support/engine-harness.ts';
import { openTestStore } from '../../test/support/open-test-store.ts';
import { rejectsWith } from '../../test/support/rejects-with.ts';

const REPLACE = { policy: { onPending: 'replace-code', cooldownSeconds: 0 } } as const;

async function open(t: TestContext) {
  const store = await openTestStore();
  const harness = await createEngineHarness(store);
  t.after(async () => {
    await harness.dispatcher.stop(0);
    await store[Symbol.asyncDispose]();
  });
  const principal = await harness.createPrincipal();
  const start = async (options: Parameters<typeof startCommand>[0] = {}) => {
    const { verification } = await harness.engine.startVerification(principal, startCommand(options));
    await harness.dispatcher.settled();
    return { ...verification, code: lastCode(harness.carrier) };
  };
  const check = async (recipientId: string, code: unknown, purpose?: string) =>
    (await harness.engine.checkNewest(principal, { recipientId, code, ...(purpose && { purpose }) })).outcome;
  return { ...harness, principal, start, check };
}

test('the code of the newest verification of a recipient is right, and once', async (t) => {
  const { start, check } = await open(t);
  const older = await start(REPLACE);
  const newer = await start(REPLACE);
  assert.equal(newer.recipientId, older.recipientId);
  if (older.code !== newer.code) assert.equal(await check(newer.recipientId, older.code), 'incorrect');
  assert.equal(await check(newer.recipientId, newer.code), 'approved');
  assert.equal(await check(newer.recipientId, newer.code), 'settled');
});

test('the newest pending one is meant, even when a newer one is settled', async (t) => {
  const { engine, principal, start, check } = await open(t);
  const another = { policy: { onPending: 'start-another' } } as const;
  const older = await start(another);
  const newer = await start(another);
  await engine.checkVerification(principal, { verificationId: newer.id, code: newer.code });
  assert.equal(await check(older.recipientId, older.code), 'approved');
});

test('expired and locked are told as for any check', async (t) => {
  const { start, check, clock } = await open(t);
  const { recipientId, code } = await start({ policy: { ttlSeconds: 60 } });
  await clock.advance(60_000);
  assert.equal(await check(recipientId, code), 'expired');
  const next = await start({ policy: { checksMax: 1 } });
  assert.equal(await check(recipientId, wrongCode(next.code)), 'incorrect');
  assert.equal(await check(recipientId, next.code), 'locked');
});

test('a code of one purpose is none of another', async (t) => {
  const { start, check } = await open(t);
  const login = await start({ purpose: 'login' });
  await rejectsWith(check(login.recipientId, login.code), 'not_found');
  await rejectsWith(check(login.recipientId, login.code, 'payment'), 'not_found');
  assert.equal(await check(login.recipientId, login.code, 'login'), 'approved');
});

test('a recipient to whom nothing was sent, one of another tenant and no id at all look the same', async (t) => {
  const { engine, createPrincipal, start, check } = await open(t);
  const { recipientId, code } = await start();
  const other = await createPrincipal();
  await rejectsWith(engine.checkNewest(other, { recipientId, code }), 'not_found');
  for (const unknown of ['01900000-0000-7000-8000-000000000000', 'nonsense', '']) {
    await rejectsWith(check(unknown, code), 'not_found');
  }
  assert.equal(await check(recipientId, code), 'approved');
});

test('a code that went to a simulated phone says nothing to a live key, nor the other way round', async (t) => {
  const { engine, principal, start, check } = await open(t);
  const { recipientId, code } = await start();
  const testing = { ...principal, mode: 'test' } as const;
  await rejectsWith(engine.checkNewest(testing, { recipientId, code }), 'not_found');
  assert.equal(await check(recipientId, code), 'approved');
});

test('what is no code is refused before anything is looked up', async (t) => {
  const { start, check } = await open(t);
  const { recipientId, code } = await start({ policy: { checksMax: 1 } });
  for (const value of ['', '!!!', undefined, null, 123_456, ['1'], {}, '１２３４５６', '1'.repeat(10_000)]) {
    await rejectsWith(check(recipientId, value), 'invalid_request');
    await rejectsWith(check('nonsense', value), 'invalid_request');
  }
  assert.equal(await check(recipientId, code), 'approved');
});

test('wrong codes use up the recipient’s budget as those that name the verification do', async (t) => {
  const { engine, principal, start, check } = await open(t);
  const { id, recipientId, code } = await start({ policy: { checksMax: 20 } });
  for (let guess = 0; guess < 5; guess += 1) {
    assert.equal(await check(recipientId, wrongCode(code)), 'incorrect');
    const named = { verificationId: id, code: wrongCode(code) };
    assert.equal((await engine.checkVerification(principal, named)).outcome, 'incorrect');
  }
  await rejectsWith(check(recipientId, code), 'recipient_blocked');
});

test('of any number of right checks at once one is approved', async (t) => {
  const { start, check } = await open(t);
  const { recipientId, code } = await start();
  const outcomes = await Promise.all(Array.from({ length: 8 }, () => check(recipientId, code)));
  assert.deepEqual(outcomes.filter((outcome) => outcome === 'approved').length, 1);
  assert.deepEqual(outcomes.filter((outcome) => outcome === 'settled').length, 7);
});
