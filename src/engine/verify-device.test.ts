/**
 * Verifications of devices: begun, checked, locked, expired. Threats: a code accepted by two of them, guesses
 * multiplied over them, a stranger's verification.
 */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { AT_ONCE, createDeviceHarness, STEP_MS } from '../../test/support/device-harness.ts';
import { openTestStore } from '../../test/support/open-test-store.ts';
import { rejectsWith } from '../../test/support/rejects-with.ts';

describe('a device that is verified', async () => {
  const store = await openTestStore();
  after(() => store[Symbol.asyncDispose]());
  const harness = await createDeviceHarness(store);
  const { engine, clock, principal, newSubject, activated } = harness;

  const policy = { ttlSeconds: 1_800, checksMax: 3 };

  async function begin(subject = newSubject()) {
    const device = await activated(subject);
    const command = { subject, device: { name: 'phone' }, policy };
    const { id: verificationId } = await engine.startDeviceVerification(principal, command);
    const verify = (code: unknown, by = principal) =>
      engine.checkDeviceVerification(by, { verificationId, code });
    return { ...device, subject, verificationId, verify };
  }

  it('is approved by its code, and settled then', async () => {
    const { verify, codeAt } = await begin();
    assert.deepEqual(await verify(codeAt()), { outcome: 'approved', checksLeft: 0 });
    await clock.advance(2 * STEP_MS);
    assert.deepEqual(await verify(codeAt()), { outcome: 'settled', checksLeft: 0 });
  });

  it('is locked after the last allowed wrong code, a used one counting as wrong', async () => {
    const { verify, check, codeAt } = await begin();
    await check(codeAt());
    assert.deepEqual(await verify(codeAt()), { outcome: 'incorrect', checksLeft: 2 });
    assert.deepEqual(await verify('000000'), { outcome: 'incorrect', checksLeft: 1 });
    assert.deepEqual(await verify('000000'), { outcome: 'incorrect', checksLeft: 0 });
    await clock.advance(2 * STEP_MS);
    assert.deepEqual(await verify(codeAt()), { outcome: 'locked', checksLeft: 0 });
  });

  it('is expired at its expiry instant', async () => {
    const { verify, codeAt } = await begin();
    await clock.advance(1_800_000);
    assert.deepEqual(await verify(codeAt()), { outcome: 'expired', checksLeft: 0 });
    await harness.sweep();
    assert.equal((await verify(codeAt())).outcome, 'expired');
    await clock.advance(25 * 3_600_000);
    await harness.sweep();
    await rejectsWith(verify(codeAt()), 'not_found');
  });

  it('approves a code once over all its verifications', async () => {
    const first = await begin();
    const { id } = await engine.startDeviceVerification(principal, {
      subject: first.subject,
      device: { id: first.device.id },
      policy,
    });
    const code = first.codeAt();
    const outcomes = await Promise.all(
      Array.from({ length: AT_ONCE }, async (_, index) => {
        const verificationId = index % 2 === 0 ? first.verificationId : id;
        return (await engine.checkDeviceVerification(principal, { verificationId, code })).outcome;
      }),
    );
    assert.equal(outcomes.filter((outcome) => outcome === 'approved').length, 1);
  });

  it('gives no guess beyond the subject’s budget, however many verifications there are', async () => {
    const { subject } = await begin();
    let compared = 0;
    for (let each = 0; each < 10; each += 1) {
      const start = { subject, device: { name: 'phone' }, policy };
      const { id: verificationId } = await engine.startDeviceVerification(principal, start);
      for (let guess = 0; guess < 3; guess += 1) {
        const check = engine.checkDeviceVerification(principal, { verificationId, code: '000000' });
        compared += await check.then(
          () => 1,
          () => 0,
        );
      }
    }
    assert.equal(compared, 10);
  });

  it('goes with its device, and is nobody else’s', async () => {
    const { verify, codeAt, subject, device } = await begin();
    await rejectsWith(verify(codeAt(), await harness.createPrincipal()), 'not_found');
    await engine.deleteDevice(principal, subject, { id: device.id });
    assert.deepEqual(await verify(codeAt()), { outcome: 'settled', checksLeft: 0 });
    const unknown = { verificationId: 'malformed', code: '000000' };
    await rejectsWith(engine.checkDeviceVerification(principal, unknown), 'not_found');
  });
});
