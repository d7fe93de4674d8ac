/**
 * One SMPP connection, as client or as server: requests out with window and timers, requests in through a handler, link checks,
 * unbinding, and an orderly end whatever the peer does. Who may bind, and what a message means, is the caller's.
 *
 * A request that was written and not answered ends as SmppOutcomeUnknownError, one that was not written as SmppNotSentError;
 * none is lost. The stream is read only while fewer than `incomingMax` handlers run and what we owe the peer is bounded.
 */
import type { Duplex } from 'node:stream';
import { ESME_RINVCMDID, ESME_RSYSERR, ESME_RUNKNOWNERR, ESME_RX_T_APPN } from './command-status.ts';
import { PduFramer } from './framing.ts';
import type { OutgoingPdu, Pdu } from './pdu.ts';
import { decodePdu, encodePdu } from './pdu.ts';
import type { CommandName, FieldsOf, RequestName } from './pdu-layouts.ts';
import { LAYOUTS, RESPONSE_BIT } from './pdu-layouts.ts';
import { SmppProtocolError } from './protocol-error.ts';
import { RequestWindow } from './request-window.ts';
import type {
  CloseReason,
  IncomingRequest,
  Reply,
  RequestOptions,
  ResponseTo,
  SessionCounts,
  SessionSettings,
  SmppSessionOptions,
} from './session-options.ts';
import { toSettings } from './session-options.ts';
import type { TimerHandle } from './timers.ts';

/** A peer that sends this many unreadable PDUs in a row is not speaking SMPP, however well they are framed. */
const DECODE_ERRORS_IN_ROW_MAX = 16;
/** What a peer that does not read may make us hold in answers; our own requests stop far earlier. */
const WRITE_BUFFER_OCTETS_MAX = 1024 * 1024;
/** How long a closing connection may take to write its last PDUs, and a peer that unbound to close. */
const LINGER_MS = 5_000;

export class SmppSession implements AsyncDisposable {
  readonly #stream: Duplex;
  readonly #options: SessionSettings;
  readonly #framer: PduFramer;
  readonly #window: RequestWindow;
  readonly #closed = Promise.withResolvers<CloseReason>();
  readonly #counts: SessionCounts = {
    pdusReceived: 0,
    pdusSent: 0,
    responsesUnmatched: 0,
    responsesOutOfOrder: 0,
    nacksReceived: 0,
    decodeErrors: 0,
    handlerFaults: 0,
  };
  #state: 'open' | 'unbinding' | 'closed' = 'open';
  #hasPeerUnbound = false;
  #handlersRunning = 0;
  #decodeErrorsInRow = 0;
  #isCorked = false;
  #isPumping = false;
  #lastReceivedMs: number;
  #linkTimer: TimerHandle;
  #lingerTimer: TimerHandle;

  /** Takes over a connected stream: nobody else may read from it or write to it. */
  constructor(stream: Duplex, options: SmppSessionOptions = {}) {
    this.#stream = stream;
    this.#options = toSettings(options);
    const { window, queueMax, timers, pduOctetsMax } = this.#options;
    this.#framer = new PduFramer(pduOctetsMax);
    this.#window = new RequestWindow({ window, queueMax, timers, write: (octets) => this.#write(octets) });
    this.#lastReceivedMs = timers.now();
    stream.on('data', (chunk: Buffer) => this.#receive(chunk));
    stream.on('drain', () => this.#drained());
    stream.on('end', () => this.#terminate(this.#hasPeerUnbound ? 'peer-unbound' : 'peer-closed', true));
    stream.on('error', () => this.#terminate('connection-error', false));
    stream.on('close', () => this.#terminate(this.#hasPeerUnbound ? 'peer-unbound' : 'peer-closed', false));
    this.#scheduleLinkCheck(this.#options.enquireLinkIntervalMs);
  }

  /** Resolves with the reason once the session takes and answers no more. */
  get closed(): Promise<CloseReason> {
    return this.#closed.promise;
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  get counts(): Readonly<SessionCounts> {
    return this.#counts;
  }

  /** Requests of ours: written and unanswered, and waiting for a place. */
  get load(): { readonly inFlight: number; readonly queued: number } {
    return { inFlight: this.#window.inFlight, queued: this.#window.queued };
  }

  /**
   * Sends a request; resolves with its response, whatever its status, or a generic_nack.
   * Rejects with SmppNotSentError, SmppOutcomeUnknownError, or a RangeError for a value that does not fit.
   */
  async request<C extends RequestName>(command: C, options: RequestOptions<C> = {}): Promise<ResponseTo<C>> {
    const request = this.#toRequest(command, options);
    const isMessage = command !== 'enquire_link' && command !== 'unbind' && !command.startsWith('bind_');
    const response = await (isMessage ? this.#window.add(request) : this.#window.sendNow(request));
    // The window matched the response's command id.
    return response as ResponseTo<C>;
  }

  /** Sends what has no response. */
  notify<C extends 'alert_notification' | 'outbind'>(command: C, fields: Partial<FieldsOf<C>>): void {
    this.#send({ command, sequence: 1, fields } as OutgoingPdu);
  }

  /**
   * Ends in order: no new requests, accepted ones are answered or time out, then unbind and close.
   * Takes no longer than `drainTimeoutMs` and a response time-out.
   */
  async unbind(drainTimeoutMs = this.#options.responseTimeoutMs): Promise<void> {
    if (this.#state !== 'open') {
      await this.closed;
      return;
    }
    this.#state = 'unbinding';
    this.#window.refuse('unbinding');
    await this.#within(drainTimeoutMs, this.#window.whenIdle());
    this.#window.dropQueued('unbinding');
    if (!this.#isClosed()) await this.request('unbind').catch(() => undefined);
    this.#terminate('unbound', true);
  }

  /** Ends without unbinding, after writing what was answered; requests in flight end as unknown. */
  close(): void {
    this.#terminate('closed', true);
  }

  /** Ends at once, whatever is still to be written. */
  destroy(): void {
    this.#terminate('closed', false);
    this.#options.timers.clearTimeout(this.#lingerTimer);
    this.#stream.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.unbind();
  }

  #toRequest<C extends RequestName>(command: C, options: RequestOptions<C>) {
    const { fields, tlvs, otherTlvs, signal, responseTimeoutMs = this.#options.responseTimeoutMs } = options;
    const pdu = {
      command,
      sequence: 0,
      ...(fields !== undefined && { fields }),
      ...(tlvs !== undefined && { tlvs }),
      ...(otherTlvs !== undefined && { otherTlvs }),
    };
    const octets = encodePdu(pdu as OutgoingPdu, this.#options.pduOctetsMax);
    return { octets, responseId: LAYOUTS[command].id + RESPONSE_BIT, responseTimeoutMs, signal };
  }

  #isClosed(): boolean {
    return this.#state === 'closed';
  }

  #receive(chunk: Buffer): void {
    if (this.#isClosed()) return;
    this.#lastReceivedMs = this.#options.timers.now();
    this.#framer.push(chunk);
    this.#pump();
  }

  /** Handles whole PDUs until there are none, or reading must pause; then what remains waits in the framer. */
  #pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      while (!this.#isClosed() && !this.#mustPause()) {
        const frame = this.#framer.next();
        if (frame === undefined) break;
        this.#counts.pdusReceived++;
        this.#handleFrame(frame);
      }
    } catch (error) {
      if (!(error instanceof SmppProtocolError)) throw error;
      this.#refuse(error);
    } finally {
      this.#isPumping = false;
    }
    if (this.#isClosed()) return;
    if (this.#mustPause()) this.#stream.pause();
    else if (this.#stream.isPaused()) this.#stream.resume();
  }

  #mustPause(): boolean {
    return (
      this.#handlersRunning >= this.#options.incomingMax ||
      this.#stream.writableLength > WRITE_BUFFER_OCTETS_MAX
    );
  }

  #handleFrame(frame: Buffer): void {
    let pdu: Pdu;
    try {
      pdu = decodePdu(frame);
      this.#decodeErrorsInRow = 0;
    } catch (error) {
      if (!(error instanceof SmppProtocolError)) throw error;
      this.#refuse(error);
      return;
    }
    const id = LAYOUTS[pdu.command].id;
    if (id >= RESPONSE_BIT) this.#handleResponse(pdu, id);
    else if (pdu.command === 'enquire_link')
      this.#send({ command: 'enquire_link_resp', sequence: pdu.sequence });
    else if (pdu.command === 'unbind') void this.#endAfterPeer(pdu.sequence);
    else this.#handleRequest(pdu as IncomingRequest);
  }

  #handleResponse(pdu: Pdu, id: number): void {
    const isNack = pdu.command === 'generic_nack';
    if (isNack) this.#counts.nacksReceived++;
    const response = isNack && pdu.status === 0 ? { ...pdu, status: ESME_RUNKNOWNERR } : pdu;
    const match = this.#window.match(response, id);
    if (match === 'in-order') return;
    if (match === 'out-of-order') {
      this.#counts.responsesOutOfOrder++;
      return;
    }
    this.#counts.responsesUnmatched++;
    this.#options.onUnmatchedResponse?.(pdu);
  }

  #handleRequest(request: IncomingRequest): void {
    const { onRequest } = this.#options;
    if (onRequest === undefined) {
      this.#send({ command: 'generic_nack', status: ESME_RINVCMDID, sequence: request.sequence });
      return;
    }
    try {
      const reply = onRequest(request);
      if (reply instanceof Promise) void this.#answerLater(request, reply);
      else this.#answer(request, reply);
    } catch (error) {
      this.#answerFault(request, error);
    }
  }

  async #answerLater(request: IncomingRequest, pending: Promise<Reply | undefined>): Promise<void> {
    this.#handlersRunning++;
    try {
      this.#answer(request, await pending);
    } catch (error) {
      this.#answerFault(request, error);
    } finally {
      this.#handlersRunning--;
      this.#pump();
    }
  }

  #answer(request: IncomingRequest, reply: Reply | undefined): void {
    if (reply === undefined || request.command === 'alert_notification' || request.command === 'outbind')
      return;
    const command: CommandName = `${request.command}_resp`;
    this.#send({ ...reply, command, sequence: request.sequence } as OutgoingPdu);
  }

  #answerFault(request: IncomingRequest, error: unknown): void {
    this.#counts.handlerFaults++;
    const isDelivery = request.command === 'deliver_sm' || request.command === 'data_sm';
    this.#answer(request, { status: isDelivery ? ESME_RX_T_APPN : ESME_RSYSERR });
    this.#options.onFault?.(error);
  }

  /** Answers what could not be read. A response is not answered: that could go on for ever. */
  #refuse(error: SmppProtocolError): void {
    this.#counts.decodeErrors++;
    this.#decodeErrorsInRow++;
    const { commandId = 0, sequence = 0, status } = error;
    if (commandId < RESPONSE_BIT) this.#send({ command: 'generic_nack', status, sequence });
    else this.#window.fail(sequence, 'malformed-response');
    if (error.isFramingLost) this.#terminate('framing-lost', true);
    else if (this.#decodeErrorsInRow >= DECODE_ERRORS_IN_ROW_MAX) this.#terminate('too-many-faults', true);
  }

  /** The peer unbinds: answer, leave it some time to answer what is in flight, and close. */
  async #endAfterPeer(sequence: number): Promise<void> {
    this.#hasPeerUnbound = true;
    if (this.#state === 'open') this.#state = 'unbinding';
    this.#window.refuse('unbinding');
    this.#window.dropQueued('unbinding');
    this.#send({ command: 'unbind_resp', sequence });
    await this.#within(LINGER_MS, this.#window.whenIdle());
    this.#terminate('peer-unbound', true);
  }

  #send(pdu: OutgoingPdu): void {
    this.#write(encodePdu(pdu, this.#options.pduOctetsMax));
  }

  /** PDUs of one turn of the event loop leave in one write. */
  #write(octets: Buffer): void {
    if (this.#isClosed()) return;
    this.#counts.pdusSent++;
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#stream.cork();
      process.nextTick(() => {
        this.#isCorked = false;
        this.#stream.uncork();
      });
    }
    if (!this.#stream.write(octets)) this.#window.hold();
  }

  #drained(): void {
    this.#window.release();
    this.#pump();
  }

  #scheduleLinkCheck(delayMs: number): void {
    if (this.#options.enquireLinkIntervalMs === 0 || this.#isClosed()) return;
    this.#linkTimer = this.#options.timers.setTimeout(() => void this.#checkLink(), delayMs);
  }

  async #checkLink(): Promise<void> {
    const { timers, enquireLinkIntervalMs, incomingMax } = this.#options;
    const silentMs = timers.now() - this.#lastReceivedMs;
    // While our own handlers keep us from reading, silence says nothing about the peer.
    const isDeaf = this.#handlersRunning >= incomingMax;
    if (isDeaf || silentMs < enquireLinkIntervalMs) {
      this.#scheduleLinkCheck(isDeaf ? enquireLinkIntervalMs : enquireLinkIntervalMs - silentMs);
      return;
    }
    const heard = this.#counts.pdusReceived;
    await this.request('enquire_link').catch(() => undefined);
    // Whatever was heard since, even if it was not the answer, shows that the peer lives.
    if (this.#counts.pdusReceived === heard) this.#terminate('link-dead', false);
    this.#scheduleLinkCheck(enquireLinkIntervalMs);
  }

  async #within(limitMs: number, work: Promise<void>): Promise<void> {
    const { timers } = this.#options;
    const limit = Promise.withResolvers<void>();
    const timer = timers.setTimeout(limit.resolve, limitMs);
    await Promise.race([work, limit.promise, this.closed]);
    timers.clearTimeout(timer);
  }

  #terminate(reason: CloseReason, flush: boolean): void {
    if (this.#isClosed()) return;
    this.#state = 'closed';
    const { timers } = this.#options;
    timers.clearTimeout(this.#linkTimer);
    this.#window.close();
    if (flush && this.#stream.writable) {
      // To destroy while the peer still sends would reset the connection, and our last PDUs with it.
      this.#lingerTimer = timers.setTimeout(() => this.#stream.destroy(), LINGER_MS);
      this.#stream.once('close', () => timers.clearTimeout(this.#lingerTimer));
      this.#stream.end();
      this.#stream.resume();
    } else this.#stream.destroy();
    this.#closed.resolve(reason);
  }
}
