/** Threat: guesses that multiply with the APIs they are made through. One budget counts them, whichever door is used. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { LightMyRequestResponse } from 'fastify';
import { DIALECTS } from '../../../src/dialects/registry.ts';
import { installDialects } from '../../support/dialect-installation.ts';
import { wrongCode } from '../../support/engine-harness.ts';
import { type Caller, callerOf, DOORS, type Door } from './doors.ts';

/** From the tenth wrong code in a row on, a recipient has to wait. */
const GUESSES_MAX = 10;

async function open(t: TestContext): Promise<Caller> {
  // Without limits on sends, so that nothing but the budget stops anybody.
  const at = await installDialects(DIALECTS, { limits: [] });
  t.after(() => at[Symbol.asyncDispose]());
  return callerOf(at);
}

async function begin(door: Door, by: Caller) {
  const started = await door.start(by);
  assert.ok(started.check, `${door.name}: ${started.reply.body}`);
  return { check: started.check, isRight: started.isRight, code: by.at.lastCode() };
}

async function guessWrong(door: Door, by: Caller): Promise<void> {
  const { check, isRight, code } = await begin(door, by);
  const reply = await check(wrongCode(code));
  assert.ok(!isRight(reply) && reply.statusCode !== 429, `${door.name}: ${reply.body}`);
}

function assertBlocked(reply: LightMyRequestResponse, name: string): void {
  assert.ok([403, 429].includes(reply.statusCode), `${name}: ${reply.statusCode} ${reply.body}`);
  assert.match(String(reply.headers['retry-after']), /^\d+$/, name);
}

async function assertAllClosed(by: Caller, live: ReadonlyMap<string, Awaited<ReturnType<typeof begin>>>) {
  for (const door of DOORS) {
    const { check, isRight, code } = live.get(door.name) ?? assert.fail();
    const reply = await check(code);
    assert.ok(!isRight(reply), `a right code by ${door.name}`);
    assertBlocked(reply, `a right code by ${door.name}`);
    assertBlocked((await door.start(by)).reply, `a start by ${door.name}`);
  }
}

async function beginEverywhere(by: Caller) {
  const live = new Map<string, Awaited<ReturnType<typeof begin>>>();
  for (const door of DOORS) live.set(door.name, await begin(door, by));
  return live;
}

for (const attacked of DOORS) {
  test(`wrong codes by ${attacked.name} close every door, for right codes and for starts`, async (t) => {
    const by = await open(t);
    for (let guess = 0; guess < GUESSES_MAX - 1; guess += 1) await guessWrong(attacked, by);
    const live = await beginEverywhere(by);
    // The last guess is made with what is live, since a new start may replace it.
    const last = live.get(attacked.name) ?? assert.fail();
    assert.ok(!last.isRight(await last.check(wrongCode(last.code))));
    await assertAllClosed(by, live);
  });
}

test('guesses spread over all doors are counted together', async (t) => {
  const by = await open(t);
  const live = await beginEverywhere(by);
  for (let guess = 0; guess < GUESSES_MAX; guess += 1) {
    const door = DOORS[guess % DOORS.length] ?? assert.fail();
    const { check, isRight, code } = live.get(door.name) ?? assert.fail();
    assert.ok(!isRight(await check(wrongCode(code))));
  }
  await assertAllClosed(by, live);
});

test('a right code by any door opens all of them again', async (t) => {
  for (const opening of DOORS) {
    const by = await open(t);
    const live = await beginEverywhere(by);
    for (let guess = 0; guess < GUESSES_MAX - 1; guess += 1) {
      await guessWrong(DOORS.find((door) => door !== opening) ?? opening, by);
    }
    const { check, isRight, code } = live.get(opening.name) ?? assert.fail();
    assert.ok(isRight(await check(code)), opening.name);
    for (const door of DOORS) await guessWrong(door, by);
  }
});

test('a code is right at its own door only, and a start leaves those of other APIs as they are', async (t) => {
  const by = await open(t);
  const live = await beginEverywhere(by);
  for (const [name, { check, isRight, code }] of live) {
    assert.ok(isRight(await check(code)), name);
    assert.ok(!isRight(await check(code)), `${name}, again`);
  }
});
