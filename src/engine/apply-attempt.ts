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

/** What every attempt writes alike. */
type CommonWrites = Omit<AttemptWrites, 'state' | 'events'>;
type MakeMessageEvent = (type: EventType, data: EventData) => NewEvent;
type Answered = Extract<Attempt, { kind: 'answered' }>;

function writesOf(
  context: AttemptContext,
  message: Message,
  lease: Lease,
  attempt: Attempt,
  nowMs: number,
): AttemptWrites {
  const common: CommonWrites = {
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
  const event: MakeMessageEvent = (type, data) =>
    makeEvent(context, type, aboutMessage(message), nowMs, { channel: message.channel, ...data });
  return attempt.kind === 'answered'
    ? writesOfAnswer(context, message, attempt, common, event)
    : writesOfNoAnswer(message, attempt, common, event);
}

/** Nobody was asked. */
function writesOfNoAnswer(
  message: Message,
  attempt: Exclude<Attempt, Answered>,
  common: CommonWrites,
  event: MakeMessageEvent,
): AttemptWrites {
  switch (attempt.kind) {
    case 'out-of-time':
      return {
        ...common,
        isRefunded: true,
        state: 'expired',
        failure: attempt.kind,
        events: [event('message.expired', {})],
      };
    case 'no-carrier':
      return {
        ...common,
        isRefunded: true,
        state: 'failed',
        failure: attempt.kind,
        events: [event('message.failed', { reason: attempt.kind })],
      };
    case 'none-up':
      // Not an attempt: it counts for nothing and ends with the message's own time. Said once, not at every look.
      return {
        ...common,
        state: 'queued',
        failure: NONE_UP,
        nextAttemptAtMs: Math.min(common.updatedAtMs + attempt.retryAfterMs, message.notAfterMs),
        erasesContent: false,
        events: message.details.failure === NONE_UP ? [] : [event('message.deferred', { reason: NONE_UP })],
      };
  }
}

function writesOfAnswer(
  context: AttemptContext,
  message: Message,
  attempt: Answered,
  common: CommonWrites,
  event: MakeMessageEvent,
): AttemptWrites {
  const { carrier, outcome } = attempt;
  const nowMs = common.updatedAtMs;
  const attemptCount = message.attemptCount + 1;
  const step = nextStepOf(context, message, attempt, attemptCount, nowMs);
  const answer = answerEvent(outcome, { carrier, attempt: attemptCount });
  const events = [event(answer.type, answer.data)];
  switch (step.kind) {
    case 'accepted':
      return {
        ...common,
        attemptCount,
        carrier,
        state: 'accepted',
        submissions: submissionsOf(message, carrier, step, nowMs),
        events,
      };
    case 'next-carrier':
      return {
        ...common,
        attemptCount,
        state: 'queued',
        keepsLease: true,
        triedCarriers: [...new Set([...message.triedCarriers, carrier])],
        nextAttemptAtMs: nowMs,
        erasesContent: false,
        events,
      };
    case 'retry':
      return {
        ...common,
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
        ...common,
        attemptCount,
        carrier,
        state: step.kind,
        isRefunded: step.kind === 'failed',
        failure: step.reason,
        events: [...events, event(`message.${step.kind}`, { reason: step.reason })],
      };
  }
}

function nextStepOf(
  { random }: AttemptContext,
  message: Message,
  { outcome, othersLeft }: Answered,
  attemptCount: number,
  nowMs: number,
): NextStep {
  const schedule = message.verificationId ? CODE_SUBMIT_SCHEDULE : TEXT_SUBMIT_SCHEDULE;
  const askedMs = outcome.kind === 'refused' ? outcome.retryAfterMs : undefined;
  return decideNextStep({
    outcome,
    attemptCount,
    othersLeft,
    remainingMs: message.notAfterMs - nowMs,
    delayMs: nextRetryDelayMs(schedule, attemptCount, random, askedMs),
  });
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
