/** What becomes of one part of a message by what the SMSC answered, or did not: the engine's words for the one table of SMPP status codes. */
import type { SubmitOutcome } from '../../core/delivery.ts';
import { commandStatusOf } from '../../smpp/command-status.ts';
import { SmppNotSentError, SmppOutcomeUnknownError } from '../../smpp/request-errors.ts';
import type { ResponseTo } from '../../smpp/session-options.ts';
import type { NotSent, NotSentReason } from './submit-queue.ts';

export type Unaccepted = Exclude<SubmitOutcome, { readonly kind: 'accepted' }>;
export type PartOutcome = { readonly kind: 'accepted'; readonly messageId: string } | Unaccepted;

export interface Judgement {
  readonly outcome: PartOutcome;
  /** What it says of the bind: slow down, make it anew, or nothing. */
  readonly bindFault?: 'throttled' | 'unfit';
  /** Certainly not taken, and by no fault of the message: another bind may take it now. */
  readonly mayGoElsewhere: boolean;
}

export function judgeAnswer(response: ResponseTo<'submit_sm'>): Judgement {
  const { class: statusClass } = commandStatusOf(response.status);
  const reason = reasonOfStatus(response.status);
  switch (statusClass) {
    case 'ok': {
      const messageId = response.command === 'submit_sm_resp' ? response.fields.messageId : '';
      return { outcome: { kind: 'accepted', messageId }, mayGoElsewhere: false };
    }
    case 'permanent':
      return { outcome: refused(reason, true), mayGoElsewhere: false };
    case 'temporary':
      return { outcome: refused(reason, false), mayGoElsewhere: false };
    case 'throttled':
      return {
        outcome: { ...refused(reason, false), isThrottled: true },
        bindFault: 'throttled',
        mayGoElsewhere: true,
      };
    case 'bind':
      return { outcome: refused(reason, false), bindFault: 'unfit', mayGoElsewhere: true };
  }
}

/** @throws whatever is no end of a request */
export function judgeFailure(error: unknown): Judgement {
  if (error instanceof SmppOutcomeUnknownError) {
    return { outcome: { kind: 'unknown', reason: error.reason }, mayGoElsewhere: false };
  }
  if (error instanceof SmppNotSentError) {
    const isAborted = error.reason === 'aborted';
    return {
      outcome: refused(isAborted ? 'aborted' : 'not-connected', false),
      mayGoElsewhere: !isAborted,
    };
  }
  // A value that does not fit its field: it will not fit the next time either.
  if (error instanceof RangeError) return { outcome: refused('not-encodable', true), mayGoElsewhere: false };
  throw error;
}

/** Reasons that say nothing against the carrier's health. */
const THROTTLED: ReadonlySet<NotSentReason> = new Set(['rate-limited', 'throttled', 'queue-full']);

export function outcomeOfNotSent({ reason, retryAfterMs }: NotSent): Unaccepted {
  return {
    ...refused(reason, false),
    ...(THROTTLED.has(reason) && { isThrottled: true }),
    ...(retryAfterMs !== undefined && { retryAfterMs: Math.ceil(retryAfterMs) }),
  };
}

/** `smpp-0x0000000b`: stable, and what an operator's support asks for. */
export function reasonOfStatus(status: number): string {
  return `smpp-0x${status.toString(16).padStart(8, '0')}`;
}

export function refused(reason: string, permanent: boolean): Extract<SubmitOutcome, { kind: 'refused' }> {
  return { kind: 'refused', reason, permanent };
}
