/** What must hold of authenticator apps after any fault: no code twice, and no activation lost. */
import type { Device } from '../../src/core/device.ts';
import type { Event } from '../../src/core/events.ts';
import type { Journal } from './journal.ts';

export interface AuditedDevices {
  readonly events: readonly Event[];
  /** By id; of all subjects that the journal names. */
  readonly devices: ReadonlyMap<string, Device>;
}

/** One for each code that was accepted. */
const APPROVALS = ['device.activated', 'device.approved'];

export function* findDeviceFaults({ events, devices }: AuditedDevices, journal: Journal): Generator<string> {
  const approvals = new Map<string, number>();
  for (const { type, data } of events) {
    const id = String(data.deviceId);
    if (APPROVALS.includes(type)) approvals.set(id, (approvals.get(id) ?? 0) + 1);
  }
  for (const { id, isActivated, acceptedSteps } of journal.devices.values()) {
    const device = devices.get(id);
    if (!device) {
      // One that was not activated in its time is gone, as it is meant to be.
      if (isActivated) yield `device ${id} was activated and is lost`;
      continue;
    }
    if (isActivated && device.state !== 'active') yield `device ${id} was activated and is ${device.state}`;
    const lastStep = Math.max(-1, ...acceptedSteps);
    if ((device.lastUsedStep ?? -1) < lastStep) {
      yield `device ${id} accepted step ${lastStep} and remembers ${device.lastUsedStep}`;
    }
    const count = approvals.get(id) ?? 0;
    if (count < acceptedSteps.size) {
      yield `device ${id} accepted ${acceptedSteps.size} codes and has ${count} events of it`;
    }
  }
}
