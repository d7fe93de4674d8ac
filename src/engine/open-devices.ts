/** From a subject's name to its opened devices, and from there to one of them. It writes nothing. */
import { decodeBase32 } from '../core/base32.ts';
import {
  type Device,
  type DeviceContent,
  isDeviceLive,
  isLabel,
  type OpenDevice,
  SUBJECT_CHARACTERS_MAX,
} from '../core/device.ts';
import { EngineError } from '../core/errors.ts';
import type { Principal } from '../core/principal.ts';
import type { Keyring } from '../lib/keyring.ts';
import { derivedId } from './address.ts';
import type { DeviceRef, DeviceView } from './device-operations.ts';
import { sealContext } from './views.ts';

/**
 * What stands for a subject in the store, beside the recipients' ids. The subjects of test keys are others: a device
 * that was enrolled while somebody tried things out proves nothing to a live key.
 * @throws EngineError `invalid_request`
 */
export function subjectIdOf(principal: Principal, subject: string, keyring: Keyring): string {
  if (!isLabel(subject, SUBJECT_CHARACTERS_MAX)) {
    throw new EngineError('invalid_request', 'This is not a name for a subject.', { field: 'subject' });
  }
  return derivedId('subject', principal.mode, subject, principal.tenant.id, keyring);
}

/** Those that are not gone. */
export function openDevices(
  devices: readonly Device[],
  keyring: Keyring,
  nowMs: number,
): readonly OpenDevice[] {
  return devices
    .filter((device) => isDeviceLive(device, nowMs))
    .map((device) => {
      const content: DeviceContent = JSON.parse(
        keyring.open(device.contentSealed, sealContext.deviceContent(device.id)),
      );
      const secret = decodeBase32(content.secret);
      if (!secret) throw new Error(`device ${device.id} has no readable secret`);
      return { ...device, content, secret };
    });
}

/** @throws EngineError `not_found`, saying what was missing */
export function pickDevice(devices: readonly OpenDevice[], ref: DeviceRef): OpenDevice {
  const found =
    'id' in ref
      ? devices.find(({ id }) => id === ref.id.toLowerCase())
      : devices.find(({ content }) => content.name === ref.name);
  if (found) return found;
  throw missing(devices.length === 0 ? 'subject' : 'id' in ref ? 'device' : 'name');
}

/** One active device, or all of them. @throws EngineError `not_found` */
export function pickActive(
  devices: readonly OpenDevice[],
  ref: DeviceRef | undefined,
): readonly OpenDevice[] {
  const active = devices.filter(({ state }) => state === 'active');
  if (active.length === 0) throw missing(devices.length === 0 ? 'subject' : 'device');
  return ref ? [pickDevice(active, ref)] : active;
}

export function missing(field: 'subject' | 'device' | 'name'): EngineError {
  return new EngineError('not_found', 'There is no such device.', { field });
}

export function toDeviceView(device: Omit<OpenDevice, 'secret'>): DeviceView {
  const { id, content, state, createdAtMs, activatedAtMs, expiresAtMs } = device;
  return {
    id,
    name: content.name,
    state,
    createdAtMs,
    ...(activatedAtMs !== undefined && { activatedAtMs }),
    ...(state === 'activation-required' && expiresAtMs !== undefined && { expiresAtMs }),
  };
}
