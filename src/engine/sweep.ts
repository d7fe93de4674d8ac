import type { Message } from '../core/delivery.ts';
import type { Verification } from '../core/verification.ts';
import type { NewEvent } from '../core/webhook.ts';
import type { Logger } from '../lib/logger.ts';
import { sleep, type Timers } from '../lib/time.ts';
import { aboutMessage, aboutVerification, canceledEvents, type EngineContext, makeEvent } from './context.ts';
import { IDEMPOTENCY_TTL_MS } from './idempotency.ts';
import type { Swept } from './ports.ts';
import { rotateSigningKeys } from './signing-keys.ts';

/** How long things are kept. */
export interface Retention {
  /** Finished verifications, messages and events stay readable this long. */
  readonly finishedMs: number;
  /** An accepted message without a receipt is waited for this long: carriers keep trying for two days at most. */
  readonly receiptWaitMs: number;
  /** A receipt of a message that we do not know is kept this long. */
  readonly parkedMs: number;
}

const HOUR_MS = 3_600_000;
/** After its expiry: long enough to say that it was used or expired rather than unknown. */
const DEVICE_VERIFICATION_KEPT_MS = 24 * HOUR_MS;
export const DEFAULT_RETENTION: Retention = {
  finishedMs: 30 * 24 * HOUR_MS,
  receiptWaitMs: 48 * HOUR_MS,
  parkedMs: HOUR_MS,
};

/** Small enough that no other transaction waits long behind one step. */
const STEP_ROWS = 500;
/** Steps of one kind in one sweep; what is left waits for the next. */
const STEPS_MAX = 20;
const SWEEP_MS = 5_000;
/**
 * Before the next sweep where something was left. A message leaves some six rows behind, so that with the long pause more than a few
 * hundred messages a second, day after day, would be written faster than they are deleted. The pause leaves the store to others.
 */
const BEHIND_SWEEP_MS = 100;

export type SweepContext = Pick<
  EngineContext,
  'store' | 'clock' | 'keyring' | 'makeId' | 'announce' | 'webhooks'
>;

/**
 * Expires, closes, erases and deletes what is due, in bounded steps. Any number of nodes may sweep at once.
 *
 * @returns whether everything was done that was due
 */
export async function sweep(context: SweepContext, retention: Retention): Promise<boolean> {
  const { store, clock } = context;
  const nowMs = clock();
  // As each step is committed: the events of a whole sweep at once would hold up everything else.
  const announced = async (step: Promise<Swept>): Promise<number> => {
    const { count, events } = await step;
    context.announce(events);
    return count;
  };
  const isExpired = await inSteps(() =>
    announced(
      store.expireVerifications(nowMs, STEP_ROWS, (row, canceled) => [
        expiredEvent(context, row, nowMs),
        ...canceledEvents(context, row, canceled, nowMs),
      ]),
    ),
  );
  const isClosed = await inSteps(() =>
    announced(
      store.closeUnconfirmed(nowMs - retention.receiptWaitMs, nowMs, STEP_ROWS, (row) =>
        unconfirmedEvent(context, row, nowMs),
      ),
    ),
  );
  const isDeleted = await inSteps(() => store.deleteOld(nowMs - retention.finishedMs, STEP_ROWS));
  const stale = {
    nowMs,
    parkedBeforeMs: nowMs - retention.parkedMs,
    idempotencyBeforeMs: nowMs - IDEMPOTENCY_TTL_MS,
  };
  const isCleared = await inSteps(() => store.deleteStale(stale, STEP_ROWS));
  const devices = { nowMs, beforeMs: nowMs - DEVICE_VERIFICATION_KEPT_MS };
  const areDevicesCleared = await inSteps(() => store.deleteStaleDevices(devices, STEP_ROWS));
  await rotateSigningKeys(context);
  return isExpired && isClosed && isDeleted && isCleared && areDevicesCleared;
}

/** @returns whether nothing is left */
async function inSteps(step: () => Promise<number>): Promise<boolean> {
  for (let taken = 0; taken < STEPS_MAX; taken += 1) {
    if ((await step()) < STEP_ROWS) return true;
  }
  return false;
}

function expiredEvent(context: SweepContext, verification: Verification, nowMs: number): NewEvent {
  const atMs = Math.min(verification.expiresAtMs, nowMs);
  return makeEvent(context, 'verification.expired', aboutVerification(verification), atMs);
}

function unconfirmedEvent(context: SweepContext, message: Message, nowMs: number): NewEvent {
  return makeEvent(context, 'message.unconfirmed', aboutMessage(message), nowMs, {
    channel: message.channel,
  });
}

/** Sweeps every few seconds, sooner where much is due, until stopped; a failed sweep is logged and the next one tries again. */
export function startSweeping(
  context: SweepContext & { readonly timers: Timers; readonly logger: Logger },
  retention: Retention,
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const isDone = await sweep(context, retention).catch((error: unknown) => {
        context.logger.error({ error }, 'sweep failed');
        return true;
      });
      await sleep(context.timers, isDone ? SWEEP_MS : BEHIND_SWEEP_MS, stopping.signal);
    }
  };
  const done = loop();
  return {
    async stop() {
      stopping.abort();
      await done;
    },
  };
}
