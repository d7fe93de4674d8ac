/**
 * Our own requests of one session: those in flight, at most `window`, each with its response timer, and a bounded queue of those that
 * wait for a place. It numbers them and ends every one of them exactly once. It knows no socket.
 */
import type { Pdu } from './pdu.ts';
import type { NotSentReason, OutcomeUnknownReason } from './request-errors.ts';
import { SmppNotSentError, SmppOutcomeUnknownError } from './request-errors.ts';
import type { TimerHandle, Timers } from './timers.ts';

/** SMPP 3.4 §5.1.4: sequence numbers go from 1 to this. */
const SEQUENCE_MAX = 0x7fffffff;
const SEQUENCE_AT = 12;

export interface RequestWindowOptions {
  /** Requests in flight at once. */
  readonly window: number;
  /** Requests that wait for a place; one more is refused. */
  readonly queueMax: number;
  readonly timers: Timers;
  /** Hands octets to the socket. */
  readonly write: (octets: Buffer) => void;
}

export interface RequestToSend {
  /** The encoded PDU; its sequence number is filled in when it is written. */
  readonly octets: Buffer;
  readonly responseId: number;
  readonly responseTimeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

interface Entry extends RequestToSend {
  readonly resolve: (response: Pdu) => void;
  readonly reject: (error: Error) => void;
  sequence: number;
  timer: TimerHandle;
  takesPlace: boolean;
  onAbort: (() => void) | undefined;
}

export type MatchResult = 'in-order' | 'out-of-order' | 'unmatched';

export class RequestWindow {
  readonly #options: RequestWindowOptions;
  readonly #inFlight = new Map<number, Entry>();
  readonly #queue = new Set<Entry>();
  readonly #idleWaiters: (() => void)[] = [];
  #lastSequence = 0;
  #placesTaken = 0;
  #isHeld = false;
  #refusal: NotSentReason | undefined;

  constructor(options: RequestWindowOptions) {
    this.#options = options;
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  get queued(): number {
    return this.#queue.size;
  }

  /** Sends when there is a place. Rejects with SmppNotSentError or SmppOutcomeUnknownError. */
  add(request: RequestToSend): Promise<Pdu> {
    return this.#enter(request, (entry) => {
      if (this.#refusal !== undefined) return this.#end(entry, new SmppNotSentError(this.#refusal));
      if (this.#queue.size >= this.#options.queueMax && !this.#hasPlace()) {
        return this.#end(entry, new SmppNotSentError('queue-full'));
      }
      this.#queue.add(entry);
      this.#fill();
    });
  }

  /** Sends at once, outside the window: link checks, binds and unbinds must not wait behind messages. */
  sendNow(request: RequestToSend): Promise<Pdu> {
    return this.#enter(request, (entry) => {
      if (this.#refusal === 'closed') this.#end(entry, new SmppNotSentError('closed'));
      else this.#send(entry, false);
    });
  }

  /** Ends the request that a response or generic_nack answers. Duplicates, late and stray ones match nothing. */
  match(response: Pdu, responseId: number): MatchResult {
    const entry = this.#inFlight.get(response.sequence);
    if (entry === undefined) return 'unmatched';
    if (response.command !== 'generic_nack' && responseId !== entry.responseId) return 'unmatched';
    const isOldest = this.#inFlight.keys().next().value === response.sequence;
    this.#leave(entry);
    entry.resolve(response);
    this.#fill();
    return isOldest ? 'in-order' : 'out-of-order';
  }

  /** Ends the request whose response could not be read. */
  fail(sequence: number, reason: OutcomeUnknownReason): void {
    const entry = this.#inFlight.get(sequence);
    if (entry === undefined) return;
    this.#end(entry, new SmppOutcomeUnknownError(reason));
    this.#fill();
  }

  /** Stops writing while the socket's buffer is full. */
  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    this.#fill();
  }

  /** Takes no further requests; those that were accepted go on. */
  refuse(reason: NotSentReason): void {
    this.#refusal ??= reason;
  }

  dropQueued(reason: NotSentReason): void {
    for (const entry of [...this.#queue]) this.#end(entry, new SmppNotSentError(reason));
  }

  /** The connection is gone: whatever was written is unknown, the rest was not sent. */
  close(): void {
    this.#refusal = 'closed';
    this.dropQueued('closed');
    for (const entry of [...this.#inFlight.values()]) {
      this.#end(entry, new SmppOutcomeUnknownError('disconnected'));
    }
  }

  /** Resolves when nothing is queued or in flight. */
  whenIdle(): Promise<void> {
    if (this.#isIdle()) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  #enter(request: RequestToSend, start: (entry: Entry) => void): Promise<Pdu> {
    return new Promise((resolve, reject) => {
      const entry: Entry = {
        ...request,
        resolve,
        reject,
        sequence: 0,
        timer: undefined,
        takesPlace: false,
        onAbort: undefined,
      };
      const { signal } = request;
      if (signal?.aborted) return this.#end(entry, new SmppNotSentError('aborted'));
      if (signal !== undefined) {
        entry.onAbort = () => this.#abort(entry);
        signal.addEventListener('abort', entry.onAbort);
      }
      start(entry);
    });
  }

  #abort(entry: Entry): void {
    const isQueued = this.#queue.has(entry);
    this.#end(entry, isQueued ? new SmppNotSentError('aborted') : new SmppOutcomeUnknownError('aborted'));
    // One signal may end many requests: none of them may be sent into the place that another leaves.
    queueMicrotask(() => this.#fill());
  }

  #hasPlace(): boolean {
    return this.#placesTaken < this.#options.window && !this.#isHeld;
  }

  #fill(): void {
    while (this.#queue.size > 0 && this.#hasPlace()) {
      const entry = this.#queue.values().next().value;
      if (entry === undefined) return;
      this.#queue.delete(entry);
      this.#send(entry, true);
    }
  }

  #send(entry: Entry, takesPlace: boolean): void {
    const { timers, write } = this.#options;
    entry.sequence = this.#nextSequence();
    entry.octets.writeUInt32BE(entry.sequence, SEQUENCE_AT);
    entry.takesPlace = takesPlace;
    if (takesPlace) this.#placesTaken++;
    this.#inFlight.set(entry.sequence, entry);
    entry.timer = timers.setTimeout(() => this.fail(entry.sequence, 'no-response'), entry.responseTimeoutMs);
    write(entry.octets);
  }

  #nextSequence(): number {
    do {
      this.#lastSequence = this.#lastSequence >= SEQUENCE_MAX ? 1 : this.#lastSequence + 1;
    } while (this.#inFlight.has(this.#lastSequence));
    return this.#lastSequence;
  }

  #end(entry: Entry, error: Error): void {
    this.#leave(entry);
    entry.reject(error);
  }

  #leave(entry: Entry): void {
    this.#queue.delete(entry);
    if (this.#inFlight.get(entry.sequence) === entry) this.#inFlight.delete(entry.sequence);
    if (entry.takesPlace) {
      entry.takesPlace = false;
      this.#placesTaken--;
    }
    if (entry.timer !== undefined) this.#options.timers.clearTimeout(entry.timer);
    if (entry.onAbort !== undefined) entry.signal?.removeEventListener('abort', entry.onAbort);
    if (this.#isIdle()) for (const resolve of this.#idleWaiters.splice(0)) resolve();
  }

  #isIdle(): boolean {
    return this.#inFlight.size === 0 && this.#queue.size === 0;
  }
}
