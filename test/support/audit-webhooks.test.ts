/** Each kind of fault that the audits of webhooks and devices are for is planted once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Device } from '../../src/core/device.ts';
import { findDeviceFaults } from './audit-devices.ts';
import { type AuditedWebhooks, findWebhookFaults } from './audit-webhooks.ts';
import { createJournal, type Journal } from './journal.ts';
import { createStoreFixtures } from './store-fixtures.ts';
import type { TakenWebhook } from './webhook-witness.ts';

const make = createStoreFixtures('audited');
const endpoint = make.endpoint();
const verificationId = make.makeId();
const [created, failed, approved] = [
  make.event({ verificationId }),
  make.event({ verificationId, type: 'verification.check_failed' }),
  make.event({ verificationId, type: 'verification.approved' }),
];
const events = [created, failed, approved];
const deliveries = events.map((event) => {
  const { nextAttemptAtMs: _, ...ended } = make.delivery(endpoint, event, { state: 'delivered' });
  return ended;
});
const toTaken = ({ id, type }: (typeof events)[number]): TakenWebhook => ({
  ...{ id, type, verificationId, to: 'endpoint', body: `body of ${id}` },
});
const taken = events.map(toTaken);
const whole: AuditedWebhooks = { events, deliveries, taken };

test('the audit of webhooks finds nothing where there is nothing, repeats or not', () => {
  assert.deepEqual(findWebhookFaults(whole), []);
  assert.deepEqual(findWebhookFaults({ ...whole, taken: [...taken, toTaken(created), toTaken(failed)] }), []);
});

const changed = (change: object) =>
  deliveries.map((one, index) => (index === 1 ? { ...one, ...change } : one));
const plants: readonly (readonly [string, Partial<AuditedWebhooks>, RegExp])[] = [
  ['an event without its delivery', { deliveries: deliveries.slice(1) }, /has 0 deliveries/],
  ['an event with two', { deliveries: [...deliveries, ...deliveries.slice(2)] }, /has 2 deliveries/],
  ['a delivery that nobody took', { taken: [toTaken(created), toTaken(approved)] }, /was not taken/],
  [
    'one to another than it was for',
    { taken: taken.map((one) => ({ ...one, to: 'request' })) },
    /was not taken/,
  ],
  [
    'one that is still to come',
    { deliveries: changed({ state: 'pending', nextAttemptAtMs: 1 }) },
    /pending$/,
  ],
  ['one that never comes', { deliveries: changed({ state: 'pending' }) }, /nobody will try it/],
  ['one that was given up', { deliveries: changed({ state: 'failed' }) }, /still failed/],
  ['news of nothing', { taken: [...taken, { ...toTaken(created), id: make.makeId() }] }, /did not happen/],
  ['two stories under one id', { taken: [...taken, { ...toTaken(created), body: 'else' }] }, /two bodies/],
  [
    'an end before the beginning',
    { taken: [approved, created, failed].map(toTaken) },
    /before its beginning/,
  ],
  ['a check after the end', { taken: [created, approved, failed].map(toTaken) }, /after its end/],
];
for (const [name, plant, finds] of plants) {
  test(`the audit of webhooks finds ${name}`, () => {
    const faults = findWebhookFaults({ ...whole, ...plant });
    assert.ok(
      faults.some((fault) => finds.test(fault)),
      faults.join('\n'),
    );
  });
}

const active: Device = {
  ...{ id: make.makeId(), tenantId: endpoint.tenantId, subjectId: make.makeId(), state: 'active' },
  ...{ lastUsedStep: 8, createdAtMs: 1, activatedAtMs: 2, contentSealed: new Uint8Array([1]) },
};
const accepted = { status: 200, body: { outcome: 'approved' } };

/** Activated by step 7, and step 8 was accepted. */
function journalOf(): Journal {
  const journal = createJournal();
  const device = journal.enrolled('ann', { status: 201, body: { id: active.id } }) ?? assert.fail();
  for (const step of [7, 8]) journal.deviceChecked(device, step, accepted);
  device.isActivated = true;
  return journal;
}

const told = (['device.activated', 'device.approved'] as const).map((type) =>
  make.event({ type, data: { deviceId: active.id } }),
);
const faultsOf = (device: Device | undefined, happened = told) => [
  ...findDeviceFaults({ events: happened, devices: new Map(device && [[device.id, device]]) }, journalOf()),
];

test('the audit of devices finds an activation or a used code that is lost', () => {
  assert.deepEqual(faultsOf(active), []);
  assert.match(faultsOf(undefined).join(), /was activated and is lost/);
  assert.match(faultsOf({ ...active, state: 'activation-required' }).join(), /is activation-required/);
  assert.match(faultsOf({ ...active, lastUsedStep: 7 }).join(), /accepted step 8 and remembers 7/);
  assert.match(faultsOf(active, told.slice(1)).join(), /accepted 2 codes and has 1 events/);
});

test('the journal finds a code that is accepted twice', () => {
  const journal = journalOf();
  const [device = assert.fail()] = journal.devices.values();
  journal.deviceChecked(device, 8, { status: 200, body: { outcome: 'used' } });
  assert.deepEqual(journal.contradictions, []);
  journal.deviceChecked(device, 8, accepted);
  assert.deepEqual(journal.contradictions, [`${device.id} accepted the code of one step twice`]);
});
