/** The SMPP carrier under the contract of every carrier, against our SMSC simulator; time runs as fast as its work is done. */
import { runCarrierContract } from '../../../test/contract/carrier/carrier-contract.ts';
import { createManualClock } from '../../../test/support/manual-clock.ts';
import { createManualTimers } from '../../../test/support/manual-timers.ts';
import { createSmppCarrierRig, finish } from '../../../test/support/smpp-carrier-rig.ts';
import { createSmsc } from '../../smsc/smsc.ts';
import type { SmppSettings } from './settings.ts';

const VARIANTS: readonly (readonly [string, Partial<SmppSettings>])[] = [
  ['one transceiver', {}],
  ['two binds at a rate', { binds: 2, window: 5, messagesPerSecond: 100 }],
  ['a transmitter and a receiver', { bindMode: 'transmitter+receiver' }],
];

for (const [name, settings] of VARIANTS) {
  runCarrierContract(`smpp by ${name}`, async (receipts) => {
    const clock = createManualClock();
    const far = createManualTimers();
    const smsc = createSmsc({ timers: far, clock: clock.now });
    const rig = createSmppCarrierRig(smsc.accept, { settings, clock });
    rig.sink = receipts;
    // Nothing here waits for a person: whatever waits for time gets it.
    let isOver = false;
    const time = (async () => {
      while (!isOver) {
        await far.advance(5);
        await clock.advance(5);
      }
    })();
    while (rig.carrier.health().state !== 'up') await clock.settle();
    return {
      carrier: rig.carrier,
      channel: 'sms',
      destinations: {
        delivered: '+14155550123',
        undelivered: '+19075550102',
        refusedForGood: '+19075550103',
        refusedForNow: '+19075550104',
        silent: '+19075550110',
      },
      nowMs: clock.now,
      turn: () => clock.settle(),
      pendingTimers: clock.pendingTimers,
      async close() {
        await finish(smsc.destroy(), clock);
        isOver = true;
        await time;
      },
    };
  });
}
