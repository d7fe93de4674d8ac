import type { DeviceVerification } from '../core/device.ts';
import type { Principal } from '../core/principal.ts';
import { checksLeft, decideCheck, settleCheck } from '../core/verification.ts';
import type { NewEvent } from '../core/webhook.ts';
import { readDeviceCode } from './check-device.ts';
import { compareDeviceCode, keepingCount } from './compare-device-code.ts';
import { type EngineContext, makeEvent } from './context.ts';
import type {
  DeviceVerificationCommand,
  DeviceVerificationReply,
  DeviceVerificationView,
} from './device-operations.ts';
import { missing, openDevices, pickActive, subjectIdOf, toDeviceView } from './open-devices.ts';
import type { Transaction } from './ports.ts';
import { idOrNone, notFound } from './read-verifications.ts';

/** Names an active device now; its code comes later, with the id that this gives. */
export async function startDeviceVerification(
  context: EngineContext,
  principal: Principal,
  { subject, device: ref, policy }: DeviceVerificationCommand,
): Promise<DeviceVerificationView> {
  const { store, keyring, clock } = context;
  const tenantId = principal.tenant.id;
  const subjectId = subjectIdOf(principal, subject, keyring);
  return store.transaction(async (tx) => {
    const nowMs = clock();
    const { devices } = await tx.loadSubject(tenantId, subjectId);
    const [device] = pickActive(openDevices(devices, keyring, nowMs), ref);
    if (!device) throw missing('device');
    const verification: DeviceVerification = {
      id: context.makeId(),
      tenantId,
      subjectId,
      deviceId: device.id,
      state: 'pending',
      checkCount: 0,
      createdAtMs: nowMs,
      expiresAtMs: nowMs + policy.ttlSeconds * 1000,
      details: { policy: { checksMax: policy.checksMax } },
    };
    await tx.insertDeviceVerification(verification);
    const { id, expiresAtMs } = verification;
    return { id, expiresAtMs, device: toDeviceView(device) };
  });
}

/**
 * Count, compare, settle, like `checkVerification`, with the step of the code used up as well. A code that was used
 * before is `incorrect` and counts here, though not on the subject's budget.
 */
export async function checkDeviceVerification(
  context: EngineContext,
  principal: Principal,
  command: { readonly verificationId: string; readonly code: unknown },
): Promise<DeviceVerificationReply> {
  const typed = readDeviceCode(command.code);
  const id = idOrNone(command.verificationId);
  const tenantId = principal.tenant.id;
  const { reply, events } = await keepingCount(context, async (tx, onCounted) => {
    const nowMs = context.clock();
    const verification = await tx.loadDeviceVerification(tenantId, id);
    if (!verification) throw notFound();
    const { subjectId, deviceId } = verification;
    const { devices, budget } = await tx.loadSubject(tenantId, subjectId);
    const candidates = openDevices(devices, context.keyring, nowMs).filter(
      (device) => device.id === deviceId && device.state === 'active',
    );
    // Once the device is deleted nothing says whose it was, and nothing can be proved by it either.
    if (candidates.some(({ content }) => (content.mode ?? 'live') !== principal.mode)) throw notFound();
    const decision = decideCheck(verification, nowMs);
    if (decision.kind === 'answer') {
      if (decision.settleAs)
        await save(tx, { ...verification, state: decision.settleAs, settledAtMs: nowMs });
      return { reply: { outcome: decision.outcome, checksLeft: 0 }, events: [] };
    }
    // The device was deleted meanwhile, and what was started with it went along.
    if (candidates.length === 0) {
      await save(tx, { ...verification, state: 'canceled', settledAtMs: nowMs });
      return { reply: { outcome: 'settled', checksLeft: 0 } as const, events: [] };
    }
    const counted = { ...verification, checkCount: verification.checkCount + 1 };
    const guess = { tenantId, subjectId, budget, candidates, typed, nowMs };
    const recount = (again: Transaction) => countAlone(again, tenantId, id);
    const match = await compareDeviceCode(tx, guess, () => {
      onCounted({ tenantId, subjectId, recount });
      return save(tx, counted);
    });
    const isMatch = match.kind === 'matched' && (await tx.useDeviceStep(deviceId, match.step));
    const { outcome, state } = settleCheck(counted, isMatch);
    const settled = { ...counted, state };
    if (state !== 'pending') await save(tx, { ...settled, settledAtMs: nowMs });
    const made = eventsOf(context, principal, deviceId, match.kind === 'wrong', isMatch, nowMs);
    await tx.appendEvents(made);
    return { reply: { outcome, checksLeft: checksLeft(settled, nowMs) }, events: made };
  });
  context.announce(events);
  return reply;
}

async function countAlone(tx: Transaction, tenantId: string, id: string): Promise<void> {
  const verification = await tx.loadDeviceVerification(tenantId, id);
  if (verification) await save(tx, { ...verification, checkCount: verification.checkCount + 1 });
}

async function save(tx: Transaction, verification: DeviceVerification): Promise<void> {
  const { id, checkCount, state, settledAtMs } = verification;
  await tx.saveDeviceVerification({
    id,
    checkCount,
    state,
    ...(settledAtMs !== undefined && { settledAtMs }),
  });
}

function eventsOf(
  context: EngineContext,
  { tenant, mode }: Principal,
  deviceId: string,
  isWrong: boolean,
  isMatch: boolean,
  nowMs: number,
): readonly NewEvent[] {
  if (!isWrong && !isMatch) return [];
  const type = isMatch ? 'device.approved' : 'device.check_failed';
  return [makeEvent(context, type, { tenantId: tenant.id, mode }, nowMs, { deviceId })];
}
