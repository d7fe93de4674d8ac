import type { Lease, Message, SubmitOutcome } from '../core/delivery.ts';
import type { EventData, EventType } from '../core/events.ts';
import { decideNextStep, type NextStep } from '../core/next-step.ts';
import { CODE_SUBMIT_SCHEDULE, nextRetryDelayMs, TEXT_SUBMIT_SCHEDULE } from '../core/retry-schedule.ts';
import type { NewEvent } from '../core/webhook.ts';
import { aboutMessage, type EngineContext, makeEvent } from './context.ts';
import type { AttemptWrites, Transaction } from './ports.ts';
import { applyReceipt } from './record-receipt.ts';

export interface AttemptContext
  extends Pick<EngineContext, 'store' | 'keyring' | 'clock' | 'makeId' | 'announce' | 'router' | 'webhooks'> {
  /** Uniform in [0, 1), for jitter. */
  readonly random: () => number;
}

export type Attempt =
  | {
      readonly kind: 'answered';
      readonly carrier: string;
      readonly outcome: SubmitOutcome;
      /** Carriers not tried in this round, besides this one. */
      readonly othersLeft: number;
    }
  /** Its code or validity ran out before a carrier could be asked. */
  | { readonly kind: 'out-of-time' }
  /** Every carrier that may have it is down or left alone for a while; nobody was asked. */
  | { readonly kind: 'none-up'; readonly retryAfterMs: number }
  /** The config no longer has a carrier for it. */
  | { readonly kind: 'no-carrier' };

const NONE_UP = 'carriers-down';

/**
 * Records what came of an attempt, with the receipts that were there before it.
 *
 * @returns the message as it now stands where the next carrier is to be asked at once, else undefined
 */
export async function applyAttempt(
  context: AttemptContext,
  message: Message,
  lease: Lease,
  attempt: Attempt,
): Promise<Message | undefined> {
  const nowMs = context.clock();
  const writes = writesOf(context, message, lease, attempt, nowMs);
  const record = async (tx: Transaction): Promise<readonly NewEvent[]> => {
    const isOurs = await tx.recordAttempt(writes);
    if (!isOurs) return [];
    const made = [...writes.events];
    const [first] = writes.submissions;
    if (first) {
      const ids = writes.submissions.map(({ carrierMessageId }) => carrierMessageId);
      for (const receipt of await tx.takeParkedReceipts(first.carrier, ids)) {
        made.push(...(await applyReceipt(context, tx, receipt)).events);
      }
    }
    return made;
  };
  // The next carrier waits for this one's refusal to be written; otherwise nobody waits.
  const events = await context.store.transaction(record, { isPatient: !writes.keepsLease });
  context.announce(events);
  if (!writes.keepsLease || events.length === 0) return undefined;
  const { state, attemptCount, triedCarriers } = writes;
  return { ...message, state, attemptCount, triedCarriers };
}

function writesOf(
  context: AttemptContext,
  message: Message,
  lease: Lease,
  attempt: Attempt,
  nowMs: number,
): AttemptWrites {
  const base = {
    messageId: message.id,
    lease,
    keepsLease: false,
    attemptCount: message.attemptCount,
    triedCarriers: message.triedCarriers,
    erasesContent: !message.details.keepsContent,
    isRefunded: false,
    submissions: [],
    updatedAtMs: nowMs,
  };
  const event = (type: EventType, data: EventData) =>
    makeEvent(context, type, aboutMessage(message), nowMs, { channel: message.channel, ...data });
  if (attempt.kind === 'out-of-time') {
    return {
      ...base,
      isRefunded: true,
      state: 'expired',
      failure: 'out-of-time',
      events: [event('message.expired', {})],
    };
  }
  if (attempt.kind === 'no-carrier') {
    const reason = 'no-carrier';
    return {
      ...base,
      isRefunded: true,
      state: 'failed',
      failure: reason,
      events: [event('message.failed', { reason })],
    };
  }
  if (attempt.kind === 'none-up') {
    // Not an attempt: it counts for nothing and ends with the message's own time. Said once, not at every look.
    const nextAttemptAtMs = Math.min(nowMs + attempt.retryAfterMs, message.notAfterMs);
    const events =
      message.details.failure === NONE_UP ? [] : [event('message.deferred', { reason: NONE_UP })];
    return { ...base, state: 'queued', failure: NONE_UP, nextAttemptAtMs, erasesContent: false, events };
  }

  const { carrier, outcome } = attempt;
  const attemptCount = message.attemptCount + 1;
  const tried = message.triedCarriers.includes(carrier)
    ? message.triedCarriers
    : [...message.triedCarriers, carrier];
  const step = decideNextStep({
    outcome,
    attemptCount,
    othersLeft: attempt.othersLeft,
    remainingMs: message.notAfterMs - nowMs,
    delayMs: nextRetryDelayMs(
      message.verificationId ? CODE_SUBMIT_SCHEDULE : TEXT_SUBMIT_SCHEDULE,
      attemptCount,
      context.random,
      outcome.kind === 'refused' ? outcome.retryAfterMs : undefined,
    ),
  });
  const answered = { ...base, attemptCount, carrier };
  const answer = answerEvent(outcome, { carrier, attempt: attemptCount });
  const events = [event(answer.type, answer.data)];
  switch (step.kind) {
    case 'accepted':
      return {
        ...answered,
        state: 'accepted',
        submissions: submissionsOf(message, carrier, step, nowMs),
        events,
      };
    case 'next-carrier':
      return {
        ...base,
        attemptCount,
        state: 'queued',
        keepsLease: true,
        triedCarriers: tried,
        nextAttemptAtMs: nowMs,
        erasesContent: false,
        events,
      };
    case 'retry':
      return {
        ...base,
        attemptCount,
        state: 'queued',
        triedCarriers: step.keepsTried ? message.triedCarriers : [],
        nextAttemptAtMs: nowMs + step.delayMs,
        erasesContent: false,
        events: [...events, event('message.deferred', { seconds: Math.ceil(step.delayMs / 1000) })],
      };
    case 'failed':
    case 'unconfirmed':
      return {
        ...answered,
        state: step.kind,
        isRefunded: step.kind === 'failed',
        failure: step.reason,
        events: [...events, event(`message.${step.kind}`, { reason: step.reason })],
      };
  }
}

function answerEvent(
  outcome: SubmitOutcome,
  data: EventData,
): { readonly type: EventType; readonly data: EventData } {
  switch (outcome.kind) {
    case 'accepted':
      return { type: 'message.accepted', data };
    case 'refused':
      return {
        type: 'message.refused',
        data: { ...data, reason: outcome.reason, permanent: outcome.permanent },
      };
    case 'unknown':
      return { type: 'message.unknown', data: { ...data, reason: outcome.reason } };
  }
}

function submissionsOf(
  message: Message,
  carrier: string,
  step: Extract<NextStep, { kind: 'accepted' }>,
  nowMs: number,
): AttemptWrites['submissions'] {
  return step.carrierMessageIds.map((carrierMessageId, part, { length }) => ({
    carrier,
    carrierMessageId,
    messageId: message.id,
    part,
    parts: length,
    state: 'accepted',
    submittedAtMs: nowMs,
  }));
}
