/**
 * Devices from enrolment to deletion, with another library's authenticator in the person's hand. Threats: a device
 * beyond the allowed ones, a secret shown again or left in the database. What its codes do is with the checks.
 */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { createDeviceHarness, STEP_MS } from '../../test/support/device-harness.ts';
import { openTestStore } from '../../test/support/open-test-store.ts';
import { rejectsWith } from '../../test/support/rejects-with.ts';

describe('a device', async () => {
  const store = await openTestStore();
  after(() => store[Symbol.asyncDispose]());
  const harness = await createDeviceHarness(store);
  const { engine, clock, announced, principal, newSubject, scan, enroll, activated } = harness;

  it('is read by other apps from its URI, which names issuer and account', async () => {
    const subject = newSubject();
    const { app, secret, device } = await enroll(subject);
    assert.deepEqual(
      [app.issuer, app.label, app.algorithm, app.digits, app.period],
      ['Acme', subject, 'SHA1', 6, 30],
    );
    assert.equal(app.secret.base32, secret);
    assert.equal(app.secret.bytes.length, 20);
    assert.deepEqual([device.name, device.state], ['phone', 'activation-required']);
    const named = { subject, name: 'tablet', issuer: 'Acme: Bank', account: 'Änne' };
    const { uri } = await engine.enrollDevice(principal, named);
    assert.deepEqual([scan(uri).app.issuer, scan(uri).app.label], ['Acme  Bank', 'Änne']);
  });

  it('that a test key enrolled is none to a live key, nor the reverse', async () => {
    const tester = { ...principal, mode: 'test' } as const;
    const policy = { ttlSeconds: 300, checksMax: 1 };
    for (const [owner, stranger] of [
      [tester, principal],
      [principal, tester],
    ] as const) {
      const subject = newSubject();
      const own = await enroll(subject, 'phone', owner);
      await rejectsWith(
        engine.activateDevice(stranger, { subject, device: own.device, code: own.codeAt() }),
        'not_found',
      );
      assert.equal((await own.activate(own.codeAt())).outcome, 'approved');
      await clock.advance(STEP_MS);
      assert.deepEqual(await engine.listDevices(stranger, subject), []);
      await rejectsWith(engine.checkDevice(stranger, { subject, code: own.codeAt() }), 'not_found');
      const { id } = await engine.startDeviceVerification(owner, { subject, device: own.device, policy });
      const command = { verificationId: id, code: own.codeAt() };
      await rejectsWith(engine.checkDeviceVerification(stranger, command), 'not_found');
      assert.equal((await engine.checkDeviceVerification(owner, command)).outcome, 'approved');
      await rejectsWith(engine.checkDeviceVerification(stranger, command), 'not_found');
    }
  });

  it('is activated by a code of its app, once, and not by another', async () => {
    const { activate, codeAt, device } = await enroll(newSubject());
    assert.equal((await activate('000000')).outcome, 'incorrect');
    const { outcome, device: active } = await activate(codeAt());
    assert.deepEqual([outcome, active?.state, active?.activatedAtMs], ['approved', 'active', clock.now()]);
    const error = await rejectsWith(activate(codeAt(STEP_MS)), 'conflict');
    assert.equal(error.details.field, 'status');
    const types = announced.filter(({ data }) => data.deviceId === device.id).map(({ type }) => type);
    assert.deepEqual(types, ['device.enrolled', 'device.check_failed', 'device.activated']);
  });

  it('can be enrolled anew until it is active; then its name is taken', async () => {
    const subject = newSubject();
    const first = await enroll(subject);
    const second = await enroll(subject);
    await rejectsWith(first.activate(first.codeAt()), 'not_found');
    assert.equal((await second.activate(first.codeAt())).outcome, 'incorrect');
    assert.equal((await second.activate(second.codeAt())).outcome, 'approved');
    const error = await rejectsWith(enroll(subject), 'conflict');
    assert.equal(error.details.field, 'name');
    assert.equal((await engine.listDevices(principal, subject)).length, 1);
  });

  it('is one of ten at most, also where all are enrolled at once', async () => {
    const subject = newSubject();
    const attempts = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => enroll(subject, `device ${index}`)),
    );
    assert.equal(attempts.filter(({ status }) => status === 'fulfilled').length, 10);
    const error = await rejectsWith(enroll(subject, 'one more'), 'conflict');
    assert.equal(error.details.limit, 'devices-per-subject');
  });

  it('that is not activated within an hour is gone', async () => {
    const subject = newSubject();
    const { activate, codeAt, device } = await enroll(subject);
    await clock.advance(3_600_000 - 1);
    assert.equal(
      (await engine.getDevice(principal, subject, { id: device.id })).expiresAtMs,
      clock.now() + 1,
    );
    await clock.advance(1);
    assert.deepEqual(await engine.listDevices(principal, subject), []);
    await rejectsWith(activate(codeAt()), 'not_found');
    await harness.sweep();
    const rows = await store.scanSealed('devices', '', 1_000);
    assert.equal(
      rows.some(({ id }) => id === device.id),
      false,
    );
  });

  it('shows its URI until it is active and never again', async () => {
    const subject = newSubject();
    const { device, uri, activate, codeAt } = await enroll(subject);
    const ref = { id: device.id };
    assert.equal(await engine.getEnrollmentUri(principal, subject, ref), uri);
    await activate(codeAt());
    await rejectsWith(engine.getEnrollmentUri(principal, subject, ref), 'conflict');
    const shown = JSON.stringify([
      await engine.getDevice(principal, subject, ref),
      await engine.listDevices(principal, subject),
    ]);
    assert.doesNotMatch(shown, /secret|otpauth/);
  });

  it('is deleted by id or name, or with all of its subject', async () => {
    const subject = newSubject();
    const phone = await activated(subject, 'phone');
    await activated(subject, 'tablet');
    await activated(subject, 'watch');
    await engine.deleteDevice(principal, subject, { name: 'tablet' });
    await rejectsWith(engine.deleteDevice(principal, subject, { name: 'tablet' }), 'not_found');
    await engine.deleteDevice(principal, subject, { id: phone.device.id });
    const names = (await engine.listDevices(principal, subject)).map(({ name }) => name);
    assert.deepEqual(names, ['watch']);
    assert.equal(await engine.deleteDevices(principal, subject), 1);
    assert.equal(await engine.deleteDevices(principal, subject), 0);
  });

  it('is refused for a subject, name, issuer or account that is none', async () => {
    const good = { subject: 'ann', name: 'phone' };
    for (const [field, command] of [
      ['subject', { ...good, subject: '' }],
      ['subject', { ...good, subject: 'a\nb' }],
      ['subject', { ...good, subject: 'x'.repeat(256) }],
      ['name', { ...good, name: ' ' }],
      ['name', { ...good, name: 'x'.repeat(65) }],
      ['issuer', { ...good, issuer: 'x'.repeat(51) }],
      ['account', { ...good, account: '\u0007' }],
    ] as const) {
      const error = await rejectsWith(engine.enrollDevice(principal, command), 'invalid_request');
      assert.equal(error.details.field, field);
    }
    const long = await enroll('长'.repeat(255), '名'.repeat(64));
    assert.equal((await long.activate(long.codeAt())).outcome, 'approved');
  });

  it('leaves neither its secret, its name nor its subject in what is stored or announced', async () => {
    const { device, secret, app } = await enroll('secret-subject@acme.example', 'secret-name');
    const rows = await store.scanSealed('devices', '', 100);
    const row = rows.find(({ id }) => id === device.id);
    assert(row);
    const bytes = Buffer.from(row.toSealed);
    for (const hidden of [secret, Buffer.from(app.secret.bytes), 'secret-name', 'secret-subject']) {
      assert.equal(bytes.includes(hidden), false);
      assert.equal(JSON.stringify(announced).includes(String(hidden)), false);
    }
  });
});
