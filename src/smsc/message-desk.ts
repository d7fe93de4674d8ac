/**
 * What the simulator does with a client's requests: takes, refuses or leaves unanswered a message, and has its receipts written. Sockets
 * and binds are smsc.ts's, the sending of receipts is receipt-sender.ts's.
 */
import { ESME_RINVCMDID, ESME_RINVEXPIRY, ESME_RMSGQFUL, ESME_RTHROTTLED } from '../smpp/command-status.ts';
import type { SmppPeer } from '../smpp/server.ts';
import type { IncomingRequest, Reply } from '../smpp/session-options.ts';
import type { DestinationScript } from './magic-destinations.ts';
import { findScript } from './magic-destinations.ts';
import { messageStateNumber, writeReceipt } from './receipt-pdu.ts';
import type { ReceiptSender } from './receipt-sender.ts';
import type { SeededDraws } from './seeded-draws.ts';
import type { SmscSettings } from './smsc-options.ts';
import type { SubmitPdu, SubmittedMessage, SubmittedMessages } from './submitted-messages.ts';
import { toSubmittedMessage } from './submitted-messages.ts';

type Answer = Reply | undefined;

export interface DeskCounts {
  accepted: number;
  unanswered: number;
  /** By command_status. */
  readonly refused: Record<number, number>;
}

/** Submits of one system_id in the present second. */
interface RateWindow {
  readonly second: number;
  count: number;
}

const ORDINARY: DestinationScript = { final: 'delivered' };
const INVALID_MESSAGE_ID = 0x0c;
const UNDELIVERABLE_ERROR = 27;
/** §7.1.1. */
const VALIDITY_PATTERNS = { relative: /^\d{15}R$/, absolute: /^\d{13}(?:[0-3]\d|4[0-8])[+-]$/ } as const;
/** registered_delivery bits 1–0 (§5.2.17). */
const RECEIPT_MASK = 0x03;
const RECEIPT_ALWAYS = 1;
const RECEIPT_ON_FAILURE = 2;

export class MessageDesk {
  readonly counts: DeskCounts = { accepted: 0, unanswered: 0, refused: {} };
  readonly #settings: SmscSettings;
  readonly #draws: SeededDraws;
  readonly #submitted: SubmittedMessages;
  readonly #receipts: ReceiptSender;
  readonly #rates = new Map<string, RateWindow>();
  readonly #turns = new Map<DestinationScript, number>();
  #withoutFinalState = 0;
  #lastNumber: number;

  constructor(
    settings: SmscSettings,
    draws: SeededDraws,
    submitted: SubmittedMessages,
    receipts: ReceiptSender,
  ) {
    this.#settings = settings;
    this.#draws = draws;
    this.#submitted = submitted;
    this.#receipts = receipts;
    // Ids differ between runs, so that a client with a memory does not take a new message for an old one.
    this.#lastNumber = settings.clock() * 1_000;
  }

  handle(request: IncomingRequest, peer: SmppPeer): Answer | Promise<Answer> {
    if (request.command === 'submit_sm' || request.command === 'data_sm') return this.#submit(request, peer);
    if (request.command === 'query_sm') return this.#query(request.fields.messageId);
    return { status: ESME_RINVCMDID };
  }

  #query(asked: string): Reply {
    const message = this.#submitted.find(asked);
    if (message === undefined) return { status: INVALID_MESSAGE_ID };
    return { fields: { messageId: asked, messageState: messageStateNumber(message.state) } };
  }

  #submit(request: SubmitPdu, peer: SmppPeer): Answer | Promise<Answer> {
    const script = findScript(request.fields.destinationAddr) ?? ORDINARY;
    const status = this.#isValidityTaken(request) ? this.#decideStatus(script, peer) : ESME_RINVEXPIRY;
    const latencyMs = this.#draws.delayMs(this.#settings.latencyMs);
    const answer = status === 0 ? this.#accept(request, peer, script) : this.#refuse(status);
    if (latencyMs <= 0) return answer;
    return new Promise((resolve) => this.#settings.timers.setTimeout(() => resolve(answer), latencyMs));
  }

  #decideStatus(script: DestinationScript, peer: SmppPeer): number {
    if (this.#isOverRate(peer.systemId)) return ESME_RTHROTTLED;
    if (this.#withoutFinalState >= this.#settings.queueMax) return ESME_RMSGQFUL;
    if (script.statuses === undefined) {
      return this.#settings.failures.find(({ rate }) => this.#draws.happens(rate))?.status ?? 0;
    }
    const turn = this.#turns.get(script) ?? 0;
    this.#turns.set(script, turn + 1);
    return script.statuses[turn % script.statuses.length] ?? 0;
  }

  /** An empty one is the SMSC's own choice, and always taken (§5.2.16). */
  #isValidityTaken(request: SubmitPdu): boolean {
    const { validityPeriods: form } = this.#settings;
    if (form === 'any' || request.command !== 'submit_sm') return true;
    const { validityPeriod } = request.fields;
    return validityPeriod === '' || VALIDITY_PATTERNS[form].test(validityPeriod);
  }

  #isOverRate(systemId: string): boolean {
    const { messagesPerSecond, timers } = this.#settings;
    if (messagesPerSecond === 0) return false;
    const second = Math.floor(timers.now() / 1_000);
    const window = this.#rates.get(systemId);
    if (window?.second !== second) this.#rates.set(systemId, { second, count: 1 });
    else if (window.count >= messagesPerSecond) return true;
    else window.count++;
    return false;
  }

  #refuse(status: number): Reply {
    this.counts.refused[status] = (this.counts.refused[status] ?? 0) + 1;
    return { status };
  }

  #accept(request: SubmitPdu, peer: SmppPeer, script: DestinationScript): Answer | Promise<Answer> {
    const message = toSubmittedMessage(request, peer.systemId, ++this.#lastNumber, this.#settings);
    this.counts.accepted++;
    this.#submitted.add(message);
    this.#settings.onSubmit?.(message);
    const isAnswered = script.isAnswered !== false && !this.#draws.happens(this.#settings.silenceRate);
    if (!isAnswered) this.counts.unanswered++;
    const answer = isAnswered ? { fields: { messageId: message.messageId } } : undefined;
    const write = this.#receiptWriter(message, script);
    if (write === undefined) return answer;
    if (script.isReceiptFirst) return this.#receipts.sendNow(peer, write).then(() => answer);
    const delayMs = script.receiptDelayMs ?? this.#draws.delayMs(this.#settings.receiptDelayMs);
    const count = script.receiptCount ?? (this.#draws.happens(this.#settings.receiptRepeatRate) ? 2 : 1);
    for (let i = 0; i < count; i++) this.#receipts.schedule(peer, write, delayMs);
    return answer;
  }

  /** Brings the message to its final state when called; undefined if nobody is to hear of it. */
  #receiptWriter(message: SubmittedMessage, script: DestinationScript) {
    const { receiptForm: form, receiptSpelling: spelling, receiptIds: ids, clock } = this.#settings;
    if (script.final === 'none') return undefined;
    const fails = script === ORDINARY && this.#draws.happens(this.#settings.undeliverableRate);
    const final = fails ? 'undeliverable' : script.final;
    const errorCode = fails ? UNDELIVERABLE_ERROR : (script.errorCode ?? 0);
    const wanted = message.registeredDelivery & RECEIPT_MASK;
    const isWanted = wanted === RECEIPT_ALWAYS || (wanted === RECEIPT_ON_FAILURE && final !== 'delivered');
    if (!isWanted || this.#draws.happens(this.#settings.receiptLossRate)) {
      message.state = final;
      return undefined;
    }
    this.#withoutFinalState++;
    return () => {
      if (message.state !== final) this.#withoutFinalState--;
      message.state = final;
      return writeReceipt(message, errorCode, { form, spelling, ids }, clock);
    };
  }
}
