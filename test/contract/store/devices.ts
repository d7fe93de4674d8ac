/** Devices and their verifications: what is conditional, and what the sweep takes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Device, DeviceVerification } from '../../../src/core/device.ts';
import type { StoreFixtures } from '../../support/store-fixtures.ts';
import { type OpenDatabase, onStore } from './database.ts';
import { normal } from './normal.ts';

const TENANT = '00000000-0000-4000-8000-000000000001';
const SUBJECT = '00000000-0000-4000-8000-000000000002';
const OTHER = '00000000-0000-4000-8000-000000000003';

export function describeDevices(open: OpenDatabase): void {
  describe('devices', () => {
    const device = (make: StoreFixtures, overrides: Partial<Device> = {}): Device => ({
      id: make.makeId(),
      tenantId: TENANT,
      subjectId: SUBJECT,
      state: 'activation-required',
      createdAtMs: make.nowMs,
      expiresAtMs: make.nowMs + 1000,
      contentSealed: new Uint8Array([1, 2, 3]),
      ...overrides,
    });
    const verification = (
      make: StoreFixtures,
      overrides: Partial<DeviceVerification> = {},
    ): DeviceVerification => ({
      id: make.makeId(),
      tenantId: TENANT,
      subjectId: SUBJECT,
      deviceId: make.makeId(),
      state: 'pending',
      checkCount: 0,
      createdAtMs: make.nowMs,
      expiresAtMs: make.nowMs + 1000,
      details: { policy: { checksMax: 3 } },
      ...overrides,
    });

    it(
      'come back as they were written, in the order of enrolment, to their subject and tenant only',
      onStore(open, async ({ store, make }) => {
        const [first, second] = [device(make), device(make, { state: 'active', lastUsedStep: 7 })];
        const others = [device(make, { subjectId: OTHER }), device(make, { tenantId: OTHER })];
        const budget = { failures: 1, windowEndsAtMs: 2, consecutive: 3, blockedUntilMs: 4 };
        const loaded = await store.transaction(async (tx) => {
          for (const each of [second, first, ...others]) await tx.insertDevice(each);
          await tx.saveBudget(TENANT, SUBJECT, budget);
          return tx.loadSubject(TENANT, SUBJECT);
        });
        assert.deepEqual(normal(loaded), normal({ devices: [first, second], budget }));
        assert.deepEqual(normal(await store.listDevices(TENANT, SUBJECT)), normal([first, second]));
        assert.deepEqual(await store.transaction((tx) => tx.loadSubject(TENANT, make.makeId())), {
          devices: [],
        });
        await store.transaction((tx) => tx.deleteDevices([first.id, make.makeId()]));
        assert.deepEqual(normal(await store.listDevices(TENANT, SUBJECT)), normal([second]));
      }),
    );

    it(
      'a device is activated once, and a step is used once and never after a later one',
      onStore(open, async ({ store, make }) => {
        const { id } = device(make);
        await store.transaction((tx) => tx.insertDevice(device(make, { id })));
        const done = await store.transaction(async (tx) => [
          await tx.useDeviceStep(id, 5),
          await tx.activateDevice(id, 5, make.nowMs),
          await tx.activateDevice(id, 6, make.nowMs),
          await tx.useDeviceStep(id, 5),
          await tx.useDeviceStep(id, 4),
          await tx.useDeviceStep(id, 6),
          await tx.useDeviceStep(make.makeId(), 6),
        ]);
        assert.deepEqual(done, [false, true, false, false, false, true, false]);
        const [stored] = await store.listDevices(TENANT, SUBJECT);
        const { expiresAtMs: _, ...rest } = device(make, { id, state: 'active', lastUsedStep: 6 });
        assert.deepEqual(normal(stored), normal({ ...rest, activatedAtMs: make.nowMs }));
      }),
    );

    it(
      'of many that use the same step at once exactly one does, on two stores',
      onStore(open, async ({ database, store, make }) => {
        const stores = [store, await database.open()];
        const active = device(make, { state: 'active' });
        await store.transaction((tx) => tx.insertDevice(active));
        const used = await Promise.all(
          Array.from({ length: 50 }, (_, index) =>
            (stores[index % 2] ?? assert.fail()).transaction(async (tx) => {
              await tx.loadSubject(TENANT, SUBJECT);
              return tx.useDeviceStep(active.id, 9);
            }),
          ),
        );
        assert.equal(used.filter(Boolean).length, 1);
      }),
    );

    it(
      'a verification of a device is written while it is pending, and found by its tenant',
      onStore(open, async ({ store, make }) => {
        const pending = verification(make);
        const { id } = pending;
        const written = await store.transaction(async (tx) => {
          await tx.insertDeviceVerification(pending);
          return [
            await tx.saveDeviceVerification({ id, checkCount: 1, state: 'pending' }),
            await tx.saveDeviceVerification({
              id,
              checkCount: 2,
              state: 'approved',
              settledAtMs: make.nowMs,
            }),
            await tx.saveDeviceVerification({ id, checkCount: 3, state: 'locked', settledAtMs: make.nowMs }),
          ];
        });
        assert.deepEqual(written, [true, true, false]);
        const find = (tenantId: string) => store.transaction((tx) => tx.loadDeviceVerification(tenantId, id));
        assert.deepEqual(await find(TENANT), {
          ...pending,
          checkCount: 2,
          state: 'approved',
          settledAtMs: make.nowMs,
        });
        assert.equal(await find(OTHER), undefined);
      }),
    );

    it(
      'the sweep takes what was not activated in time and what ended long ago, in bounded steps',
      onStore(open, async ({ store, make }) => {
        const kept = [device(make, { expiresAtMs: make.nowMs + 1 }), device(make, { state: 'active' })];
        const [young, old] = [verification(make), verification(make, { expiresAtMs: make.nowMs - 1 })];
        await store.transaction(async (tx) => {
          for (const each of kept) {
            const { expiresAtMs: _, ...active } = each;
            await tx.insertDevice(each.state === 'active' ? active : each);
          }
          for (let each = 0; each < 3; each += 1)
            await tx.insertDevice(device(make, { expiresAtMs: make.nowMs }));
          await tx.insertDeviceVerification(young);
          await tx.insertDeviceVerification(old);
        });
        const limits = { nowMs: make.nowMs, beforeMs: make.nowMs };
        const steps = [];
        for (let step = 0; step < 3; step += 1) steps.push(await store.deleteStaleDevices(limits, 2));
        assert.deepEqual(steps, [2, 2, 0]);
        const left = await store.listDevices(TENANT, SUBJECT);
        assert.deepEqual(
          left.map(({ id }) => id),
          kept.map(({ id }) => id),
        );
        const found = await store.transaction(async (tx) => [
          await tx.loadDeviceVerification(TENANT, young.id),
          await tx.loadDeviceVerification(TENANT, old.id),
        ]);
        assert.deepEqual(
          found.map((each) => each?.id),
          [young.id, undefined],
        );
      }),
    );

    it(
      'what is sealed in a single column is scanned and replaced like the rest',
      onStore(open, async ({ store, make }) => {
        const stored = device(make);
        await store.transaction((tx) => tx.insertDevice(stored));
        await store.addSigningKey({
          kid: 'kid',
          generation: 1,
          publicJwk: { kty: 'RSA', n: 'n', e: 'e' },
          privateSealed: stored.contentSealed,
          createdAtMs: 1,
          signsFromMs: 1,
        });
        for (const [table, id] of [
          ['devices', stored.id],
          ['signing_keys', 'kid'],
        ] as const) {
          const [row, ...others] = await store.scanSealed(table, '', 10);
          assert.ok(row && others.length === 0);
          assert.deepEqual(normal(row), normal({ id, toSealed: stored.contentSealed }));
          const fresh = { id, toSealed: new Uint8Array([9]) };
          assert.equal(await store.replaceSealed(table, fresh, row), true);
          assert.equal(await store.replaceSealed(table, fresh, row), false);
          assert.deepEqual(normal(await store.scanSealed(table, '', 10)), normal([fresh]));
          assert.deepEqual(await store.scanSealed(table, id, 10), []);
        }
      }),
    );
  });
}
