/**
 * Brings everything that a fault left behind to its end, as time and a worker would: leases run out, messages are sent or
 * expire, verifications expire, receipts that never came are given up. All of it on a clock of its own.
 */
import assert from 'node:assert/strict';
import { DELIVERY_LEASE_MS } from '../../src/engine/dispatch-webhooks.ts';
import { subjectIdOf } from '../../src/engine/open-devices.ts';
import { DEFAULT_RETENTION, sweep } from '../../src/engine/sweep.ts';
import { auditStore } from './audit.ts';
import type { Installation } from './installation.ts';
import type { Journal } from './journal.ts';
import { createManualClock } from './manual-clock.ts';

/** Longer than any lease; within the time that a webhook waits for one before it. */
const LEASES_OVER_MS = DELIVERY_LEASE_MS + 10_000;
/** Longer than the codes of a load live. */
const CODES_OVER_MS = 3_600_000;
/** Longer than a receipt is waited for, far less than anything is kept. */
const RECEIPTS_OVER_MS = 50 * 3_600_000;
/** A claim takes a batch; a load leaves a few of them. */
const CLAIMS_MAX = 100;
/** A verification has a handful of events at its end. */
const ROUNDS_MAX = 20;

/** No node may be running. @returns what the audit finds wrong */
export async function settleAndAudit(
  installation: Installation,
  journal: Journal,
): Promise<readonly string[]> {
  const clock = createManualClock(Date.now());
  await using app = await installation.open(clock);
  const { dispatcher, webhookDispatcher, context, store, keyring } = app.parts;
  const { tenantId, witness } = installation;
  witness?.stopRefusing();
  const claimAll = async () => {
    for (let claims = 0; claims < CLAIMS_MAX; claims += 1) {
      const claimed = (await dispatcher.claimDue()) + (await webhookDispatcher.claimDue());
      await Promise.all([dispatcher.settled(), webhookDispatcher.settled()]);
      if (claimed === 0) break;
    }
  };
  for (const waitMs of [LEASES_OVER_MS, CODES_OVER_MS, RECEIPTS_OVER_MS]) {
    clock.step(clock.now() + waitMs);
    await claimAll();
    await sweep(context, DEFAULT_RETENTION);
  }
  // What all of it has to tell, one after the other where one waits for another.
  for (let rounds = 0; rounds < ROUNDS_MAX && (await store.countPendingDeliveries()) > 0; rounds += 1) {
    clock.step(clock.now() + LEASES_OVER_MS);
    await claimAll();
  }
  const tenant = (await store.findTenant(tenantId)) ?? assert.fail('no tenant');
  const owner = { tenant, keyId: '', mode: 'live', scopes: [] } as const;
  const subjects = new Set([...journal.devices.values()].map(({ subject }) => subject));
  const subjectIds = [...subjects].map((subject) => subjectIdOf(owner, subject, keyring));
  return await auditStore(store, { tenantId, subjectIds, ...(witness && { witness }) }, journal);
}
