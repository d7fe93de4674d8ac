import { countWrongCode, type FailureAlarm, type FailureWindow } from '../core/failure-alarm.ts';
import type { Logger } from '../lib/logger.ts';
import type { Announce } from './announce.ts';
import { type EngineContext, makeEvent } from './context.ts';

/**
 * Counts the wrong codes of each tenant as this process announces them, and tells of too many by an event. Those of test
 * keys are nobody's attack, and would hide one. In memory and beside the requests: a right code costs nothing, a wrong
 * one a look into a map. Several processes count each for itself.
 */
export interface FailureWatch {
  /** Announces, and looks for wrong codes among what it announces. */
  readonly announce: Announce;
  /** Resolves when every event that tripped is written. */
  settled(): Promise<void>;
}

export interface FailureWatchDeps extends Pick<EngineContext, 'store' | 'clock' | 'makeId' | 'webhooks'> {
  readonly announce: Announce;
  readonly logger: Logger;
  /** Absent: switched off. */
  readonly alarm?: FailureAlarm;
}

/** Tenants with a window at once; the one that was opened first is forgotten beyond it. */
const WINDOWS_MAX = 10_000;

export function createFailureWatch(deps: FailureWatchDeps): FailureWatch {
  const { store, clock, logger, alarm } = deps;
  const windows = new Map<string, FailureWindow>();
  const writing = new Set<Promise<void>>();

  async function tell(tenantId: string, { max: failures, windowSeconds }: FailureAlarm): Promise<void> {
    logger.warn({ tenantId, failures, windowSeconds }, 'many wrong codes');
    const event = makeEvent(deps, 'tenant.failure_alarm', { tenantId }, clock(), { failures, windowSeconds });
    await store.transaction((tx) => tx.appendEvents([event]));
    deps.announce([event]);
  }

  function count(tenantId: string, rule: FailureAlarm): void {
    const { window, trips } = countWrongCode(rule, windows.get(tenantId), clock());
    windows.set(tenantId, window);
    const [oldest] = windows.size > WINDOWS_MAX ? windows.keys() : [];
    if (oldest !== undefined) windows.delete(oldest);
    if (!trips) return;
    const write = tell(tenantId, rule)
      .catch((error: unknown) => logger.error({ error, tenantId }, 'writing an alarm failed'))
      .finally(() => writing.delete(write));
    writing.add(write);
  }

  return {
    announce(events) {
      deps.announce(events);
      if (!alarm) return;
      for (const { type, tenantId, mode } of events) {
        if (mode === 'test') continue;
        if (type === 'verification.check_failed' || type === 'device.check_failed') count(tenantId, alarm);
      }
    },
    async settled() {
      while (writing.size > 0) await Promise.all(writing);
    },
  };
}
