/** The handset under the contract of every carrier; it is its own far end. */
import { runCarrierContract } from '../../../test/contract/carrier/carrier-contract.ts';
import { createManualClock } from '../../../test/support/manual-clock.ts';
import { createSeededRandomBytes } from '../../../test/support/seeded-random.ts';
import { createUuidMaker } from '../../lib/uuid.ts';
import { createHandset } from './handset.ts';

for (const channel of ['sms', 'voice', 'email'] as const) {
  const isEmail = channel === 'email';
  runCarrierContract(`the handset by ${channel}`, async (receipts) => {
    const clock = createManualClock();
    return {
      carrier: createHandset({
        id: 'phone',
        clock: clock.now,
        timers: clock.timers,
        receipts,
        makeId: createUuidMaker(clock.now, createSeededRandomBytes('contract')),
      }),
      channel,
      destinations: {
        delivered: isEmail ? 'ann@example.net' : '+14155550123',
        undelivered: isEmail ? 'undelivered@example.com' : '+19075550102',
        refusedForGood: isEmail ? 'refused@example.com' : '+19075550103',
        refusedForNow: isEmail ? 'refused-twice@example.com' : '+19075550104',
        silent: isEmail ? 'silent@example.com' : '+19075550110',
      },
      nowMs: clock.now,
      turn: () => clock.advance(100),
      pendingTimers: clock.pendingTimers,
    };
  });
}
