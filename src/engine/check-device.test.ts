/**
 * Codes of devices, checked at once. Threats: a code accepted twice, guesses multiplied over devices or enrolments,
 * guesses that a fault leaves uncounted, a stranger's device.
 */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { AT_ONCE, createDeviceHarness, STEP_MS } from '../../test/support/device-harness.ts';
import { createEngineHarness } from '../../test/support/engine-harness.ts';
import { openTestStore } from '../../test/support/open-test-store.ts';
import { rejectsWith } from '../../test/support/rejects-with.ts';
import { createEngine } from './create-engine.ts';
import type { Store } from './ports.ts';

/** A store that loses a transaction at its last step, once a guess was compared. */
function failingAfterComparison(store: Store): Store {
  const failing: Store['transaction'] = (work) =>
    store.transaction((tx) =>
      work(
        new Proxy(tx, {
          get(target, name) {
            if (name === 'appendEvents') throw new Error('the disk is full');
            const member: unknown = Reflect.get(target, name, target);
            return typeof member === 'function' ? member.bind(target) : member;
          },
        }),
      ),
    );
  return { ...store, transaction: failing };
}

describe('a device', async () => {
  const store = await openTestStore();
  after(() => store[Symbol.asyncDispose]());
  const harness = await createDeviceHarness(store);
  const { engine, clock, principal, newSubject, enroll, activated } = harness;

  it('is not checked before its activation, and the code of its activation is used up', async () => {
    const { activate, check, codeAt } = await enroll(newSubject());
    const error = await rejectsWith(check(codeAt()), 'not_found');
    assert.equal(error.details.field, 'device');
    await activate(codeAt());
    assert.equal((await check(codeAt())).outcome, 'used');
  });

  it('approves the codes of one step before and after now, each once, and none that is older than a used one', async () => {
    const { check, codeAt } = await activated(newSubject());
    assert.equal((await check(codeAt(-2 * STEP_MS))).outcome, 'incorrect');
    assert.equal((await check(codeAt(2 * STEP_MS))).outcome, 'incorrect');
    assert.equal((await check(codeAt(-STEP_MS))).outcome, 'approved');
    assert.equal((await check(codeAt(-STEP_MS))).outcome, 'used');
    assert.equal((await check(codeAt(STEP_MS))).outcome, 'approved');
    assert.equal((await check(codeAt())).outcome, 'used');
    assert.equal((await check(codeAt(STEP_MS))).outcome, 'used');
    await clock.advance(2 * STEP_MS);
    assert.equal((await check(codeAt())).outcome, 'approved');
  });

  it('approves a code once, however many submit it at the same moment, on one node or two', async () => {
    const subject = newSubject();
    const { check, codeAt, device } = await activated(subject);
    const other = await createEngineHarness(store, { node: 'node-b', clock });
    const code = codeAt();
    const elsewhere = () => other.engine.checkDevice(principal, { subject, device: { id: device.id }, code });
    const replies = await Promise.all(
      Array.from({ length: AT_ONCE }, (_, index) => (index % 2 === 0 ? check(code) : elsewhere())),
    );
    const outcomes = replies.map(({ outcome }) => outcome);
    assert.equal(outcomes.filter((outcome) => outcome === 'approved').length, 1);
    assert.equal(outcomes.filter((outcome) => outcome === 'used').length, AT_ONCE - 1);
    // Submitting twice is no guess: nobody was blocked by it.
    await clock.advance(2 * STEP_MS);
    assert.equal((await check(codeAt())).outcome, 'approved');
  });

  it('is found among all of its subject by the code alone', async () => {
    const subject = newSubject();
    await activated(subject, 'phone');
    const tablet = await activated(subject, 'tablet');
    const { outcome, device } = await engine.checkDevice(principal, { subject, code: tablet.codeAt() });
    assert.deepEqual([outcome, device?.name], ['approved', 'tablet']);
    const wrong = await engine.checkDevice(principal, { subject, code: '000000' });
    assert.deepEqual(wrong, { outcome: 'incorrect' });
  });

  it('of another subject or tenant is not there, and its codes are wrong', async () => {
    const [mine, theirs] = [newSubject(), newSubject()];
    const { device, codeAt } = await activated(mine);
    await activated(theirs);
    const { id } = device;
    const stranger = await harness.createPrincipal();
    const code = codeAt();
    for (const attempt of [
      () => engine.checkDevice(principal, { subject: theirs, device: { id }, code }),
      () => engine.checkDevice(stranger, { subject: mine, device: { id }, code }),
      () => engine.checkDevice(stranger, { subject: mine, code }),
      () => engine.getDevice(stranger, mine, { id }),
      () => engine.getEnrollmentUri(stranger, mine, { id }),
      () => engine.deleteDevice(stranger, mine, { id }),
      () => engine.deleteDevice(principal, theirs, { id }),
      () =>
        engine.startDeviceVerification(stranger, {
          subject: mine,
          device: { id },
          policy: { ttlSeconds: 60, checksMax: 3 },
        }),
    ]) {
      await rejectsWith(attempt(), 'not_found');
    }
    assert.deepEqual(await engine.checkDevice(principal, { subject: theirs, code }), {
      outcome: 'incorrect',
      device: (await engine.listDevices(principal, theirs))[0],
    });
    assert.equal(await engine.deleteDevices(stranger, mine), 0);
    assert.deepEqual(await engine.listDevices(stranger, mine), []);
  });

  it('that is missing is told apart: unknown subject, nothing active, unknown name', async () => {
    const subject = newSubject();
    const policy = { ttlSeconds: 60, checksMax: 3 };
    const fieldOf = async (name: string) => {
      const start = engine.startDeviceVerification(principal, { subject, device: { name }, policy });
      return (await rejectsWith(start, 'not_found')).details.field;
    };
    assert.equal(await fieldOf('phone'), 'subject');
    await enroll(subject);
    assert.equal(await fieldOf('phone'), 'device');
    await activated(subject, 'tablet');
    assert.equal(await fieldOf('phone'), 'name');
  });

  it('takes no more guesses than its subject’s budget, over all devices and across new enrolments', async () => {
    const subject = newSubject();
    const phone = await activated(subject, 'phone');
    const tablet = await activated(subject, 'tablet');
    const guesses = Array.from({ length: AT_ONCE }, (_, index) =>
      [phone, tablet][index % 2]?.check('000000').then(
        ({ outcome }) => outcome,
        (error) => error.code,
      ),
    );
    const outcomes = await Promise.all(guesses);
    assert.equal(outcomes.filter((outcome) => outcome === 'incorrect').length, 10);
    assert.equal(outcomes.filter((outcome) => outcome === 'recipient_blocked').length, AT_ONCE - 10);
    await rejectsWith(phone.check(phone.codeAt()), 'recipient_blocked');
    await engine.deleteDevices(principal, subject);
    const fresh = await enroll(subject);
    const error = await rejectsWith(fresh.activate(fresh.codeAt()), 'recipient_blocked');
    assert.equal(error.details.retryAfterSeconds, 30);
    await engine.liftSubjectBlock(principal, subject);
    assert.equal((await fresh.activate(fresh.codeAt())).outcome, 'approved');
  });

  it('counts a guess although what followed the comparison failed', async () => {
    const subject = newSubject();
    const { device, codeAt, check } = await activated(subject);
    const failing = createEngine({ ...harness.context, store: failingAfterComparison(store) });
    const ref = { id: device.id };
    const policy = { ttlSeconds: 60, checksMax: 20 };
    const start = { subject, device: ref, policy };
    const { id: verificationId } = await engine.startDeviceVerification(principal, start);
    for (let guess = 0; guess < 5; guess += 1) {
      await assert.rejects(failing.checkDevice(principal, { subject, device: ref, code: '000000' }), /disk/);
      const check = failing.checkDeviceVerification(principal, { verificationId, code: codeAt() });
      await assert.rejects(check, /disk/);
    }
    await rejectsWith(check(codeAt()), 'recipient_blocked');
    await engine.liftSubjectBlock(principal, subject);
    const verify = engine.checkDeviceVerification(principal, { verificationId, code: '000000' });
    assert.deepEqual(await verify, { outcome: 'incorrect', checksLeft: 14 });
    assert.equal((await check(codeAt())).outcome, 'approved');
  });

  it('is asked for nothing by what is no code, and nothing is counted for it', async () => {
    const subject = newSubject();
    const { check, codeAt } = await activated(subject);
    const hostile = [
      '',
      ' ',
      null,
      undefined,
      123456,
      [codeAt()],
      { code: codeAt() },
      '１２３４５６',
      '12345',
      '1234567',
      'abcdef',
      '1'.repeat(10_000),
    ];
    for (let round = 0; round < 3; round += 1) {
      for (const code of hostile) {
        await rejectsWith(check(code), 'invalid_request');
      }
    }
    const code = codeAt();
    assert.equal((await check(` ${code.slice(0, 3)} ${code.slice(3)} `)).outcome, 'approved');
  });
});
