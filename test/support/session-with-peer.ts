/** A session in memory and, at its other end, a peer that does only what a test tells it. */
import assert from 'node:assert/strict';
import type { Duplex } from 'node:stream';
import { PduFramer } from '../../src/smpp/framing.ts';
import type { OutgoingPdu, Pdu } from '../../src/smpp/pdu.ts';
import { decodePdu, encodePdu } from '../../src/smpp/pdu.ts';
import { SmppNotSentError, SmppOutcomeUnknownError } from '../../src/smpp/request-errors.ts';
import { SmppSession } from '../../src/smpp/session.ts';
import type { SmppSessionOptions } from '../../src/smpp/session-options.ts';
import { connectedStreams } from './connected-streams.ts';
import { createManualTimers } from './manual-timers.ts';

/** The other end, which does nothing by itself. */
export class RawPeer {
  readonly stream: Duplex;
  readonly received: Pdu[] = [];
  readonly #framer = new PduFramer();

  constructor(stream: Duplex) {
    this.stream = stream;
    stream.on('error', () => undefined);
    stream.on('data', (chunk: Buffer) => {
      this.#framer.push(chunk);
      for (let frame = this.#framer.next(); frame !== undefined; frame = this.#framer.next()) {
        this.received.push(decodePdu(frame));
      }
    });
  }

  send(...pdus: readonly OutgoingPdu[]): void {
    this.sendRaw(Buffer.concat(pdus.map((pdu) => encodePdu(pdu))));
  }

  sendRaw(octets: Uint8Array): void {
    if (this.stream.writable) this.stream.write(octets);
  }

  /** Sequence numbers of the requests of that command that came. */
  sequences(command: string): readonly number[] {
    return this.received.filter((pdu) => pdu.command === command).map(({ sequence }) => sequence);
  }
}

export function createSessionWithPeer(options: SmppSessionOptions = {}) {
  const [ours, theirs] = connectedStreams();
  const timers = createManualTimers();
  const session = new SmppSession(ours, { timers, enquireLinkIntervalMs: 0, ...options });
  return { session, timers, peer: new RawPeer(theirs) };
}

/** How a request ends, as a word. */
export const outcomeOf = (request: Promise<{ readonly status: number }>): Promise<string> =>
  request.then(
    ({ status }) => `status ${status}`,
    (error: unknown) => {
      assert.ok(error instanceof SmppNotSentError || error instanceof SmppOutcomeUnknownError, String(error));
      return `${error.name === 'SmppNotSentError' ? 'not sent' : 'unknown'}: ${error.reason}`;
    },
  );
