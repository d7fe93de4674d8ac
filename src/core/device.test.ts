import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DEVICES_PER_SUBJECT_MAX,
  decideEnrollment,
  isDeviceLive,
  isLabel,
  matchDevices,
  type OpenDevice,
} from './device.ts';
import { DEFAULT_TOTP_FORM, totp } from './totp.ts';

const NOW_MS = 1_767_225_600_000;

function device(name: string, overrides: Partial<OpenDevice> = {}): OpenDevice {
  const content = { name, secret: '', issuer: 'Acme', account: 'ann', form: DEFAULT_TOTP_FORM };
  return {
    id: name,
    tenantId: 't',
    subjectId: 's',
    state: 'active',
    createdAtMs: NOW_MS,
    contentSealed: new Uint8Array(),
    content,
    secret: Buffer.alloc(20, name),
    ...overrides,
  };
}

test('a name is free unless an active device has it; one that was never activated gives way', () => {
  const waiting = device('phone', { state: 'activation-required' });
  assert.deepEqual(decideEnrollment([device('tablet')], 'phone'), { kind: 'enroll' });
  assert.deepEqual(decideEnrollment([waiting], 'phone'), { kind: 'enroll', replaces: waiting });
  assert.deepEqual(decideEnrollment([device('phone')], 'phone'), { kind: 'refuse', reason: 'name-taken' });
});

test('a subject has so many devices and no more, but may always replace one', () => {
  const full = Array.from({ length: DEVICES_PER_SUBJECT_MAX }, (_, index) =>
    device(`d${index}`, { state: 'activation-required' }),
  );
  assert.deepEqual(decideEnrollment(full, 'another'), { kind: 'refuse', reason: 'too-many' });
  assert.equal(decideEnrollment(full, 'd3').kind, 'enroll');
});

test('a device waits for its activation until its expiry instant; an active one does not expire', () => {
  const waiting = device('phone', { state: 'activation-required', expiresAtMs: NOW_MS });
  assert.equal(isDeviceLive(waiting, NOW_MS - 1), true);
  assert.equal(isDeviceLive(waiting, NOW_MS), false);
  assert.equal(isDeviceLive(device('phone'), NOW_MS + 1e12), true);
});

test('a code is matched with the device that made it, whichever of them it is', () => {
  const devices = ['a', 'b', 'c'].map((name) => device(name));
  for (const each of devices) {
    const match = matchDevices(devices, totp(each.secret, NOW_MS), NOW_MS);
    assert.equal(match.kind === 'matched' && match.device.id, each.id);
  }
  assert.deepEqual(matchDevices(devices, 'none', NOW_MS), { kind: 'wrong' });
});

test('a code that was accepted before is told from a wrong one', () => {
  const step = Math.floor(NOW_MS / 30_000);
  const used = device('a', { lastUsedStep: step });
  assert.deepEqual(matchDevices([used], totp(used.secret, NOW_MS), NOW_MS), { kind: 'used' });
  assert.deepEqual(matchDevices([used], totp(used.secret, NOW_MS - 30_000), NOW_MS), { kind: 'used' });
  assert.deepEqual(matchDevices([used], totp(used.secret, NOW_MS - 60_000), NOW_MS), { kind: 'wrong' });
  assert.equal(matchDevices([used], totp(used.secret, NOW_MS + 30_000), NOW_MS).kind, 'matched');
});

test('a label is printable, whole and bounded', () => {
  for (const good of ['ann', 'ann@acme.example', 'Ännes Telefon 📱', 'a:b', 'x'.repeat(10)]) {
    assert.equal(isLabel(good, 20), true, good);
  }
  for (const bad of ['', ' ', '\t', 'two\nlines', 'a\u0000', 'a\u2028b', '\ud83d', 'x'.repeat(21)]) {
    assert.equal(isLabel(bad, 20), false, JSON.stringify(bad));
  }
});
