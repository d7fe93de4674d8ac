import { parseAnyCode } from '../core/code.ts';
import type { OpenDevice } from '../core/device.ts';
import { EngineError } from '../core/errors.ts';
import type { EventData, EventType } from '../core/events.ts';
import type { Principal } from '../core/principal.ts';
import type { NewEvent } from '../core/webhook.ts';
import { notACode } from './check-verification.ts';
import { compareDeviceCode, keepingCount } from './compare-device-code.ts';
import { type EngineContext, makeEvent } from './context.ts';
import type {
  ActivateCommand,
  DeviceCheckOutcome,
  DeviceCheckReply,
  DeviceCodeCommand,
} from './device-operations.ts';
import { openDevices, pickActive, pickDevice, subjectIdOf, toDeviceView } from './open-devices.ts';
import type { Transaction } from './ports.ts';

/** A right code makes an enrolled device active, and is used up by that. */
export function activateDevice(
  context: EngineContext,
  principal: Principal,
  command: ActivateCommand,
): Promise<DeviceCheckReply> {
  return runCheck(context, principal, command, {
    event: 'device.activated',
    pick(devices) {
      const device = pickDevice(devices, command.device);
      if (device.state === 'active') {
        throw new EngineError('conflict', 'This device is active already.', { field: 'status' });
      }
      return [device];
    },
    async accept(tx, device, step, nowMs) {
      if (!(await tx.activateDevice(device.id, step, nowMs))) return undefined;
      return { ...device, state: 'active', activatedAtMs: nowMs };
    },
  });
}

/** Whether a code was made by the named device of the subject just now, or by any of them. */
export function checkDevice(
  context: EngineContext,
  principal: Principal,
  command: DeviceCodeCommand,
): Promise<DeviceCheckReply> {
  return runCheck(context, principal, command, {
    event: 'device.approved',
    pick: (devices) => pickActive(devices, command.device),
    accept: async (tx, device, step) => ((await tx.useDeviceStep(device.id, step)) ? device : undefined),
  });
}

/** @throws EngineError `invalid_request` */
export function readDeviceCode(code: unknown): string {
  const typed = parseAnyCode(code);
  if (typed !== undefined) return typed;
  throw notACode();
}

interface CheckKind {
  readonly event: EventType;
  readonly pick: (devices: readonly OpenDevice[]) => readonly OpenDevice[];
  /** Writes the step; undefined where another check was faster. */
  readonly accept: (
    tx: Transaction,
    device: OpenDevice,
    step: number,
    nowMs: number,
  ) => Promise<OpenDevice | undefined>;
}

/** Count, compare, settle, in one transaction that holds the subject: of any number of checks at once one has the step. */
async function runCheck(
  context: EngineContext,
  principal: Principal,
  command: DeviceCodeCommand,
  kind: CheckKind,
): Promise<DeviceCheckReply> {
  const { keyring, clock } = context;
  const typed = readDeviceCode(command.code);
  const subjectId = subjectIdOf(principal, command.subject, keyring);
  const tenantId = principal.tenant.id;
  const { reply, events } = await keepingCount(context, async (tx, onCounted) => {
    const nowMs = clock();
    const { devices, budget } = await tx.loadSubject(tenantId, subjectId);
    const candidates = kind.pick(openDevices(devices, keyring, nowMs));
    const guess = { tenantId, subjectId, budget, candidates, typed, nowMs };
    const match = await compareDeviceCode(tx, guess, () => onCounted({ tenantId, subjectId }));
    const accepted =
      match.kind === 'matched' ? await kind.accept(tx, match.device, match.step, nowMs) : undefined;
    const outcome = outcomeOf(match.kind, accepted);
    const [only] = candidates.length === 1 ? candidates : [];
    const device = accepted ?? only;
    const made = eventsOf(context, principal, kind.event, outcome, device, nowMs);
    await tx.appendEvents(made);
    return { reply: { outcome, ...(device && { device: toDeviceView(device) }) }, events: made };
  });
  context.announce(events);
  return reply;
}

function outcomeOf(kind: 'matched' | 'used' | 'wrong', accepted: OpenDevice | undefined): DeviceCheckOutcome {
  if (accepted) return 'approved';
  return kind === 'wrong' ? 'incorrect' : 'used';
}

function eventsOf(
  context: EngineContext,
  { tenant, mode }: Principal,
  approved: EventType,
  outcome: DeviceCheckOutcome,
  device: OpenDevice | undefined,
  nowMs: number,
): readonly NewEvent[] {
  if (outcome === 'used') return [];
  const data: EventData = device ? { deviceId: device.id } : {};
  const type = outcome === 'approved' ? approved : 'device.check_failed';
  return [makeEvent(context, type, { tenantId: tenant.id, mode }, nowMs, data)];
}
