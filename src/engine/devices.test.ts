/**
 * Devices from enrolment to deletion, with another library's authenticator in the person's hand. Threats: a code
 * accepted twice, guesses multiplied over devices or enrolments, a stranger's device, a secret in the database.
 */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { TOTP, URI } from 'otpauth';
import { createEngineHarness } from '../../test/support/engine-harness.ts';
import { openTestStore } from '../../test/support/open-test-store.ts';
import { rejectsWith } from '../../test/support/rejects-with.ts';
import type { Principal } from '../core/principal.ts';
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

const STEP_MS = 30_000;
const AT_ONCE = 50;

describe('a device', async () => {
  const store = await openTestStore();
  after(() => store[Symbol.asyncDispose]());
  const harness = await createEngineHarness(store);
  const { engine, clock, announced } = harness;
  const principal = await harness.createPrincipal();
  let subjects = 0;
  const newSubject = () => {
    subjects += 1;
    return `ann-${subjects}@acme.example`;
  };

  /** The app that read the QR code. */
  function scan(uri: string) {
    const app = URI.parse(uri);
    assert(app instanceof TOTP);
    return { app, codeAt: (offsetMs = 0) => app.generate({ timestamp: clock.now() + offsetMs }) };
  }

  async function enroll(subject: string, name = 'phone', by: Principal = principal) {
    const enrolled = await engine.enrollDevice(by, { subject, name });
    const device = { id: enrolled.device.id };
    return {
      ...enrolled,
      ...scan(enrolled.uri),
      check: (code: unknown) => engine.checkDevice(by, { subject, device, code }),
      activate: (code: unknown) => engine.activateDevice(by, { subject, device, code }),
    };
  }

  /** Active, and at the beginning of a step of which no code was used. */
  async function activated(subject: string, name = 'phone') {
    await clock.advance(3 * STEP_MS - (clock.now() % STEP_MS));
    const enrolled = await enroll(subject, name);
    assert.equal((await enrolled.activate(enrolled.codeAt())).outcome, 'approved');
    await clock.advance(2 * STEP_MS);
    return enrolled;
  }

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

  describe('that is verified', () => {
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
});
