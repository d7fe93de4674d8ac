/**
 * Sends one submit_sm to its end: another bind where one is told to slow down or is lost before the submit was written, and the bind's own
 * part in it. What that means for the whole message is smpp.ts's.
 */
import type { Metrics } from '../../lib/metrics.ts';
import { commandStatusOf } from '../../smpp/command-status.ts';
import type { ResponseTo } from '../../smpp/session-options.ts';
import type { KeptBind } from './kept-bind.ts';
import {
  type Judgement,
  judgeAnswer,
  judgeFailure,
  outcomeOfNotSent,
  type PartOutcome,
} from './submit-answer.ts';
import type { MakeRequest, SubmitQueue } from './submit-queue.ts';

/** A part that follows one that is out already is worth some tries, by the same bind too. */
const CONTINUATION_TRIES_MAX = 4;

export interface PartSenderOptions {
  readonly carrierId: string;
  readonly queue: SubmitQueue;
  readonly metrics: Metrics;
}

export type SendPart = (
  make: MakeRequest,
  signal: AbortSignal,
  isContinuation: boolean,
) => Promise<PartOutcome>;

export function createPartSender({ carrierId, queue, metrics }: PartSenderOptions): SendPart {
  async function judge(pending: Promise<ResponseTo<'submit_sm'>>): Promise<Judgement> {
    try {
      const response = await pending;
      const status = statusLabel(response.status);
      metrics.count('otpost_smpp_answers_total', { carrier: carrierId, status });
      return judgeAnswer(response);
    } catch (error) {
      return judgeFailure(error);
    }
  }

  async function answerOf(bind: KeptBind, pending: Promise<ResponseTo<'submit_sm'>>): Promise<Judgement> {
    try {
      const judgement = await judge(pending);
      if (judgement.bindFault === 'throttled') bind.throttled();
      else if (judgement.bindFault === 'unfit') bind.drop();
      else if (judgement.outcome.kind !== 'unknown') bind.unthrottled();
      return judgement;
    } finally {
      // The bind has a place again, and only now is it known whether to use it.
      queue.pump();
    }
  }

  return async (make, signal, isContinuation) => {
    const avoid = new Set<KeptBind>();
    let last: PartOutcome | undefined;
    for (let tries = 1; ; tries++) {
      const turn = await queue.enter(make, {
        signal,
        isUrgent: isContinuation || tries > 1,
        ...(!isContinuation && { avoid }),
      });
      if (turn.kind === 'not-sent') return last ?? outcomeOfNotSent(turn);
      const { outcome, mayGoElsewhere } = await answerOf(turn.bind, turn.response);
      avoid.add(turn.bind);
      const isWorthIt = isContinuation ? tries < CONTINUATION_TRIES_MAX : queue.hasOther(avoid);
      last = isThrottled(outcome) ? { ...outcome, retryAfterMs: turn.bind.pauseLeftMs } : outcome;
      if (!mayGoElsewhere || !isWorthIt) return last;
    }
  };
}

function isThrottled(outcome: PartOutcome): outcome is Extract<PartOutcome, { readonly kind: 'refused' }> {
  return outcome.kind === 'refused' && outcome.isThrottled === true;
}

/** Whatever an SMSC answers makes no more series than the table has rows. */
function statusLabel(status: number): string {
  const { name } = commandStatusOf(status);
  return name.startsWith('ESME_') ? name : 'other';
}
