/** Runs the contract of every carrier against one that speaks HTTP, with its aggregator on the loopback interface. */
import { setTimeout as wait } from 'node:timers/promises';
import type { MessageChannel } from '../../../src/core/channel.ts';
import { runCarrierContract } from '../../contract/carrier/carrier-contract.ts';
import type { CarrierDestinations } from '../../contract/carrier/carrier-rig.ts';
import { type Aggregator, startAggregatorRig } from './aggregator-rig.ts';

/** Numbers reserved for fiction, for which every stub beside this file behaves as the name says. */
export const DESTINATIONS = {
  delivered: '+14155550100',
  undelivered: '+14155550101',
  refusedForGood: '+14155550102',
  refusedForNow: '+14155550103',
  silent: '+14155550104',
} as const satisfies CarrierDestinations;

export function runAggregatorContract(aggregator: Aggregator, channel: MessageChannel = 'sms'): void {
  runCarrierContract(`${aggregator.name} by ${channel}`, async (receipts) => {
    const rig = await startAggregatorRig(aggregator, { receipts });
    return {
      carrier: rig.carrier,
      channel,
      destinations: DESTINATIONS,
      nowMs: rig.clock.now,
      // Lets the loopback's I/O happen; no test depends on how long it takes.
      turn: () => wait(1),
      pendingTimers: rig.clock.pendingTimers,
      async close() {
        await rig[Symbol.asyncDispose]();
      },
    };
  });
}
