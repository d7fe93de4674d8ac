/**
 * Brings everything that a fault left behind to its end, as time and a worker would: leases run out, messages are sent or
 * expire, verifications expire, receipts that never came are given up. All of it on a clock of its own.
 */
import { DEFAULT_RETENTION, sweep } from '../../src/engine/sweep.ts';
import { auditStore } from './audit.ts';
import type { Installation } from './installation.ts';
import type { Journal } from './journal.ts';
import { createManualClock } from './manual-clock.ts';

/** Longer than any lease. */
const LEASES_OVER_MS = 60_000;
/** Longer than the codes of a load live. */
const CODES_OVER_MS = 3_600_000;
/** Longer than a receipt is waited for, far less than anything is kept. */
const RECEIPTS_OVER_MS = 50 * 3_600_000;
/** A claim takes a batch; a load leaves a few of them. */
const CLAIMS_MAX = 100;

/** No node may be running. @returns what the audit finds wrong */
export async function settleAndAudit(
  installation: Installation,
  journal: Journal,
): Promise<readonly string[]> {
  const clock = createManualClock(Date.now());
  await using app = await installation.open(clock);
  const { dispatcher, context, store } = app.parts;
  for (const waitMs of [LEASES_OVER_MS, CODES_OVER_MS, RECEIPTS_OVER_MS]) {
    clock.step(clock.now() + waitMs);
    for (let claims = 0; claims < CLAIMS_MAX; claims += 1) {
      const claimed = await dispatcher.claimDue();
      await dispatcher.settled();
      if (claimed === 0) break;
    }
    await sweep(context, DEFAULT_RETENTION);
  }
  return await auditStore(store, installation.tenantId, journal);
}
