/**
 * A phone on the screen in place of a network: messages, calls and e-mails land in an inbox that a page shows, with
 * receipts like a network's. A development tool: it keeps everything in memory, in the clear, and forgets it at exit.
 * How it misbehaves for chosen recipients is data in magic-recipients.ts.
 */
import type { SubmitOutcome } from '../../core/delivery.ts';
import type { Carrier, OutboundMessage, ReceiptSink } from '../../engine/ports.ts';
import type { Clock, Timers } from '../../lib/time.ts';
import type { MakeUuid } from '../../lib/uuid.ts';
import { createAgenda } from './agenda.ts';
import { createInbox, type Inbox } from './inbox.ts';
import {
  type Answer,
  MAGIC_RECIPIENTS,
  type MagicRecipient,
  type Script,
  type ScriptedReceipt,
  scriptFor,
} from './magic-recipients.ts';

export interface HandsetOptions {
  readonly id: string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly receipts: ReceiptSink;
  readonly makeId: MakeUuid;
  /** Between a submit and its first receipt, and between receipts; 0 is as soon as submit has answered. */
  readonly receiptDelayMs?: number;
  /** Who a message is from when it names no sender. */
  readonly defaultSender?: string;
}

export interface Handset extends Carrier, Pick<Inbox, 'list' | 'subscribe'> {
  readonly kind: 'handset';
  readonly magicRecipients: readonly MagicRecipient[];
}

/** Long enough that the submission is recorded first, as with a real network; short enough not to be waited for. */
export const RECEIPT_DELAY_MS = 200;
/** A receipt that the sink did not take is offered again, as a network would, but not for ever. */
export const RECEIPT_TRIES_MAX = 5;
const RECEIPT_RETRY_MS = 1000;
/** Messages whose tries are counted, for scripts that change with the try; the oldest is forgotten first. */
const TRIED_MESSAGES_MAX = 1000;
/** What a submit is told when more is waiting than the agenda holds. */
const OVERLOADED_RETRY_AFTER_MS = 1000;
const DEFAULT_SENDER = 'Otpost';

export function createHandset(options: HandsetOptions): Handset {
  const { id, clock, timers, receipts, makeId } = options;
  const receiptDelayMs = options.receiptDelayMs ?? RECEIPT_DELAY_MS;
  const inbox = createInbox();
  const agenda = createAgenda(timers);
  const closing = new AbortController();
  const countTry = createTryCounter();

  /** Resolves when the caller gives up or the handset is disposed of. */
  const givenUp = (signal: AbortSignal) => aborted(AbortSignal.any([signal, closing.signal]));

  const show = (message: OutboundMessage, carrierMessageId: string) => {
    inbox.add({
      id: carrierMessageId,
      to: message.to,
      from: message.sender ?? options.defaultSender ?? DEFAULT_SENDER,
      channel: message.channel,
      body: message.body,
      ...(message.subject !== undefined && { subject: message.subject }),
      ...(message.code !== undefined && { code: message.code }),
      receivedAtMs: clock(),
    });
  };
  const arrive = (message: OutboundMessage, carrierMessageId: string, script: Script) => {
    if (script.arrivesAfterMs === 0) show(message, carrierMessageId);
    else if (script.arrivesAfterMs !== undefined)
      agenda.after(script.arrivesAfterMs, () => show(message, carrierMessageId));
  };

  const report = async (carrierMessageId: string, scripted: ScriptedReceipt, tryNumber = 1) => {
    const receipt = { carrier: id, carrierMessageId, state: scripted.state, receivedAtMs: clock() };
    try {
      await receipts(scripted.reason === undefined ? receipt : { ...receipt, reason: scripted.reason });
    } catch {
      // The sink says itself why it could not; a network would only see that there was no acknowledgement.
      if (tryNumber < RECEIPT_TRIES_MAX)
        agenda.after(RECEIPT_RETRY_MS, () => void report(carrierMessageId, scripted, tryNumber + 1));
    }
  };
  /** One after the other, each once the one before has been taken or has failed. */
  const reportLater = (carrierMessageId: string, [next, ...rest]: readonly ScriptedReceipt[]) => {
    if (!next) return;
    agenda.after(next.afterMs ?? receiptDelayMs, async () => {
      await report(carrierMessageId, next);
      reportLater(carrierMessageId, rest);
    });
  };
  const reportAll = async (carrierMessageId: string, scripted: readonly ScriptedReceipt[]) => {
    for (const one of scripted) await report(carrierMessageId, one);
  };

  const accept = async (
    message: OutboundMessage,
    script: Script,
    signal: AbortSignal,
  ): Promise<SubmitOutcome> => {
    const carrierMessageId = makeId();
    arrive(message, carrierMessageId, script);
    if (script.receiptsFirst) {
      const reported = reportAll(carrierMessageId, script.receipts).then(() => 'reported');
      const first = await Promise.race([reported, givenUp(signal)]);
      if (first !== 'reported') return { kind: 'unknown', reason: 'aborted' };
    } else reportLater(carrierMessageId, script.receipts);
    return { kind: 'accepted', carrierMessageIds: [carrierMessageId] };
  };

  return {
    id,
    kind: 'handset',
    channels: ['sms', 'voice', 'email'],
    isSimulated: true,
    magicRecipients: MAGIC_RECIPIENTS,
    list: inbox.list,
    subscribe: inbox.subscribe,
    async submit(message, signal) {
      if (closing.signal.aborted) return refusedForNow('closed');
      if (signal.aborted) return refusedForNow('aborted');
      if (agenda.isFull()) return { ...refusedForNow('throttled'), retryAfterMs: OVERLOADED_RETRY_AFTER_MS };
      const script = scriptFor(message.to);
      const answer = answerOf(script, countTry(message.id, script));
      switch (answer.kind) {
        case 'accept':
          return accept(message, script, signal);
        case 'refuse':
          return { ...answer, kind: 'refused' };
        case 'unknown':
          arrive(message, makeId(), script);
          return answer;
        case 'silence':
          await givenUp(signal);
          return { kind: 'unknown', reason: 'aborted' };
      }
    },
    health: () => (closing.signal.aborted ? { state: 'down', detail: 'closed' } : { state: 'up' }),
    async [Symbol.asyncDispose]() {
      closing.abort();
      agenda.close();
    },
  };
}

/** Numbers the tries of one message from 0, as far as its script makes a difference between them. */
function createTryCounter(): (messageId: string, script: Script) => number {
  const tries = new Map<string, number>();
  return (messageId, script) => {
    if (script.answers.length === 1) return 0;
    const tryIndex = tries.get(messageId) ?? 0;
    tries.delete(messageId);
    tries.set(messageId, tryIndex + 1);
    const oldest = tries.size > TRIED_MESSAGES_MAX ? tries.keys().next().value : undefined;
    if (oldest !== undefined) tries.delete(oldest);
    return tryIndex;
  };
}

function answerOf({ answers }: Script, tryIndex: number): Answer {
  return answers[Math.min(tryIndex, answers.length - 1)] ?? answers[0];
}

function refusedForNow(reason: string): Extract<SubmitOutcome, { kind: 'refused' }> {
  return { kind: 'refused', reason, permanent: false };
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
