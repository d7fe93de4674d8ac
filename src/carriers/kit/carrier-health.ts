/**
 * A carrier's health from what its submits met with: the message's own faults and throttling do not count. It opens no
 * circuit; it says how things look, and lets a carrier that was down be tried again after a while.
 */
import type { CarrierHealth } from '../../engine/ports.ts';
import type { Clock } from '../../lib/time.ts';
import type { Verdict } from './verdict.ts';

/** Two faults in a row happen on a good day. */
export const DEGRADED_AFTER = 3;
export const DOWN_AFTER = 10;
/** A carrier that is down gets a message to try again after this; if that fails as well, it is down at once. */
export const DOWN_MS = 30_000;

export interface HealthKeeper {
  record(verdict: Verdict): void;
  current(): CarrierHealth;
}

export function createHealthKeeper(clock: Clock): HealthKeeper {
  let faults = 0;
  let lastFaultMs = 0;
  let detail = '';
  return {
    record(verdict) {
      if (verdict.kind === 'accepted' || verdict.class === 'permanent' || verdict.class === 'throttled') {
        faults = 0;
        return;
      }
      // With credentials refused there is nothing to wait for.
      faults = verdict.class === 'account' ? Math.max(DOWN_AFTER, faults + 1) : faults + 1;
      lastFaultMs = clock();
      detail = verdict.reason;
    },
    current() {
      if (faults < DEGRADED_AFTER) return { state: 'up' };
      const isDown = faults >= DOWN_AFTER && clock() - lastFaultMs < DOWN_MS;
      return { state: isDown ? 'down' : 'degraded', detail };
    },
  };
}
