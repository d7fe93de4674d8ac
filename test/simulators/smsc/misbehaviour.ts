/**
 * What a misbehaving SMSC is made of: one connection as it sees it, the polite answers from which it departs, and what must hold
 * for a client that meets it. Each misbehaviour is a file of its own; registry.ts lists them.
 */
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { PduFramer } from '../../../src/smpp/framing.ts';
import type { OutgoingPdu, Pdu } from '../../../src/smpp/pdu.ts';
import { decodePdu, encodePdu } from '../../../src/smpp/pdu.ts';
import type { Timers } from '../../../src/smpp/timers.ts';
import { systemTimers } from '../../../src/smpp/timers.ts';

export interface Misbehaviour {
  /** Also the name of its file. */
  readonly name: string;
  /** In one sentence, of the SMSC. */
  readonly what: string;
  readonly expected: Expectation;
  /** Plays one connection. */
  readonly play: (wire: Wire) => void;
}

/** What a client sees that binds, sends a few messages at once with receipts asked for, and then waits. */
export interface Expectation {
  readonly bind: 'accepted' | 'refused' | 'unanswered';
  /** How each submit ends; absent if there is no bind to send over. */
  readonly submit?: 'accepted' | 'refused' | 'unknown';
  /** The refusal's command_status. */
  readonly status?: number;
  /** Whether the connection is of use afterwards. */
  readonly session: 'survives' | 'closes';
  /** deliver_sm that reach the client's handler in all, for three submits. */
  readonly deliveries?: number;
}

export class Wire {
  readonly stream: Duplex;
  readonly timers: Timers;
  readonly #framer = new PduFramer();
  #listener: (pdu: Pdu) => void = () => undefined;
  #sequence = 1_000;
  #lastId = 0;

  constructor(stream: Duplex, timers: Timers) {
    this.stream = stream;
    this.timers = timers;
    stream.on('error', () => undefined);
    stream.on('data', (chunk: Buffer) => this.#read(chunk));
  }

  /** Without a listener everything is read and nothing answered. */
  onPdu(listener: (pdu: Pdu) => void): void {
    this.#listener = listener;
  }

  send(...pdus: readonly OutgoingPdu[]): void {
    this.sendRaw(Buffer.concat(pdus.map((pdu) => encodePdu(pdu))));
  }

  sendRaw(octets: Uint8Array): void {
    if (this.stream.writable) this.stream.write(octets);
  }

  later(delayMs: number, work: () => void): void {
    this.timers.setTimeout(() => {
      if (!this.stream.destroyed) work();
    }, delayMs);
  }

  nextSequence(): number {
    return this.#sequence++;
  }

  nextMessageId(): string {
    return `id-${++this.#lastId}`;
  }

  /** What a well-behaved SMSC answers; undefined to responses and to what it does not know. */
  politeAnswer(pdu: Pdu): OutgoingPdu | undefined {
    const { sequence } = pdu;
    switch (pdu.command) {
      case 'bind_transceiver':
      case 'bind_transmitter':
      case 'bind_receiver':
        return { command: `${pdu.command}_resp`, sequence, fields: { systemId: 'wild' } } as OutgoingPdu;
      case 'submit_sm':
        return { command: 'submit_sm_resp', sequence, fields: { messageId: this.nextMessageId() } };
      case 'enquire_link':
        return { command: 'enquire_link_resp', sequence };
      case 'unbind':
        return { command: 'unbind_resp', sequence };
      default:
        return undefined;
    }
  }

  answer(pdu: Pdu): void {
    const answer = this.politeAnswer(pdu);
    if (answer !== undefined) this.send(answer);
    if (pdu.command === 'unbind') this.stream.end();
  }

  #read(chunk: Buffer): void {
    this.#framer.push(chunk);
    for (let frame = this.#framer.next(); frame !== undefined; frame = this.#framer.next()) {
      this.#listener(decodePdu(frame));
    }
  }
}

/** A delivery receipt as deliver_sm. */
export function receiptFor(wire: Wire, messageId: string): OutgoingPdu {
  return {
    command: 'deliver_sm',
    sequence: wire.nextSequence(),
    fields: {
      esmClass: 0x04,
      shortMessage: Buffer.from(`id:${messageId} sub:001 dlvrd:001 stat:DELIVRD err:000`),
    },
    tlvs: { receiptedMessageId: messageId, messageState: 2 },
  };
}

export interface ListeningMisbehaviour extends AsyncDisposable {
  readonly port: number;
  /** Connections that were ever made. */
  readonly connections: number;
}

/** Serves the misbehaviour over TCP on the loopback interface. */
export async function listenMisbehaving(
  { play }: Misbehaviour,
  timers: Timers = systemTimers,
): Promise<ListeningMisbehaviour> {
  const streams = new Set<Duplex>();
  let connections = 0;
  const server = createServer({ noDelay: true }, (socket) => {
    connections++;
    streams.add(socket);
    socket.once('close', () => streams.delete(socket));
    play(new Wire(socket, timers));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const stream of streams) stream.destroy();
      await closed;
    },
  };
}
