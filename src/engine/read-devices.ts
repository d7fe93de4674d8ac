/** Looking at a subject's devices, and taking them away. */
import { EngineError } from '../core/errors.ts';
import type { Principal } from '../core/principal.ts';
import { type EngineContext, makeEvent } from './context.ts';
import type { DeviceRef, DeviceView } from './device-operations.ts';
import { enrollmentUri } from './enroll-device.ts';
import { openDevices, pickDevice, subjectIdOf, toDeviceView } from './open-devices.ts';

export async function listDevices(
  context: EngineContext,
  principal: Principal,
  subject: string,
): Promise<readonly DeviceView[]> {
  return (await loadOpen(context, principal, subject)).map(toDeviceView);
}

export async function getDevice(
  context: EngineContext,
  principal: Principal,
  subject: string,
  ref: DeviceRef,
): Promise<DeviceView> {
  return toDeviceView(pickDevice(await loadOpen(context, principal, subject), ref));
}

export async function getEnrollmentUri(
  context: EngineContext,
  principal: Principal,
  subject: string,
  ref: DeviceRef,
): Promise<string> {
  const device = pickDevice(await loadOpen(context, principal, subject), ref);
  if (device.state === 'active') {
    throw new EngineError('conflict', 'The secret of an active device is not shown again.', {
      field: 'status',
    });
  }
  return enrollmentUri(device);
}

export async function deleteDevice(
  context: EngineContext,
  principal: Principal,
  subject: string,
  ref: DeviceRef,
): Promise<void> {
  await remove(context, principal, subject, ref);
}

export function deleteDevices(
  context: EngineContext,
  principal: Principal,
  subject: string,
): Promise<number> {
  return remove(context, principal, subject, undefined);
}

export async function liftSubjectBlock(
  { store, keyring }: EngineContext,
  principal: Principal,
  subject: string,
): Promise<void> {
  const subjectId = subjectIdOf(principal, subject, keyring);
  await store.transaction((tx) => tx.saveBudget(principal.tenant.id, subjectId, undefined));
}

async function loadOpen({ store, keyring, clock }: EngineContext, principal: Principal, subject: string) {
  const devices = await store.listDevices(principal.tenant.id, subjectIdOf(principal, subject, keyring));
  return openDevices(devices, keyring, clock());
}

/** The wrong codes of the subject stay counted: a new device must not buy new guesses. */
async function remove(
  context: EngineContext,
  principal: Principal,
  subject: string,
  ref: DeviceRef | undefined,
): Promise<number> {
  const { store, keyring, clock } = context;
  const tenantId = principal.tenant.id;
  const subjectId = subjectIdOf(principal, subject, keyring);
  const events = await store.transaction(async (tx) => {
    const nowMs = clock();
    const { devices } = await tx.loadSubject(tenantId, subjectId);
    const open = openDevices(devices, keyring, nowMs);
    const ids = (ref ? [pickDevice(open, ref)] : open).map(({ id }) => id);
    if (ids.length === 0) return [];
    await tx.deleteDevices(ids);
    const made = ids.map((deviceId) =>
      makeEvent(context, 'device.deleted', { tenantId }, nowMs, { deviceId }),
    );
    await tx.appendEvents(made);
    return made;
  });
  context.announce(events);
  return events.length;
}
