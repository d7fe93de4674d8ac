/**
 * Sends receipts when their time has come, to the session that submitted or another of the same system_id, keeps them while
 * none can receive, and repeats those that are not taken. Bounded: what is more than it may hold is dropped and counted.
 */
import type { SmppPeer } from '../smpp/server.ts';
import type { Timers } from '../smpp/timers.ts';
import type { ReceiptPdu } from './receipt-pdu.ts';

interface Waiting {
  readonly systemId: string;
  readonly from: SmppPeer;
  /** Written at the last moment: it bears the time of its sending. */
  readonly write: () => ReceiptPdu;
  tries: number;
}

export interface ReceiptCounts {
  sent: number;
  taken: number;
  dropped: number;
}

const HELD_MAX = 100_000;
const TRIES_MAX = 5;
const RETRY_MS = 5_000;

export class ReceiptSender {
  readonly counts: ReceiptCounts = { sent: 0, taken: 0, dropped: 0 };
  readonly #peers: () => Iterable<SmppPeer>;
  readonly #timers: Timers;
  readonly #pending = new Set<unknown>();
  readonly #held = new Set<Waiting>();
  #isStopped = false;

  constructor(peers: () => Iterable<SmppPeer>, timers: Timers) {
    this.#peers = peers;
    this.#timers = timers;
  }

  /** Receipts that wait for a session which can receive. */
  get held(): number {
    return this.#held.size;
  }

  schedule(from: SmppPeer, write: () => ReceiptPdu, delayMs: number): void {
    this.#after(delayMs, { systemId: from.systemId, from, write, tries: 0 });
  }

  /** Sends at once; resolves when the receipt was taken, or was not. */
  async sendNow(from: SmppPeer, write: () => ReceiptPdu): Promise<void> {
    await this.#send({ systemId: from.systemId, from, write, tries: 0 });
  }

  /** A session that can receive has come. */
  releaseTo(peer: SmppPeer): void {
    if (!canReceive(peer)) return;
    for (const waiting of [...this.#held]) {
      if (waiting.systemId !== peer.systemId) continue;
      this.#held.delete(waiting);
      void this.#send(waiting);
    }
  }

  stop(): void {
    this.#isStopped = true;
    for (const timer of this.#pending) this.#timers.clearTimeout(timer);
    this.#pending.clear();
    this.#held.clear();
  }

  #after(delayMs: number, waiting: Waiting): void {
    if (this.#isStopped) return;
    const timer = this.#timers.setTimeout(() => {
      this.#pending.delete(timer);
      void this.#send(waiting);
    }, delayMs);
    this.#pending.add(timer);
  }

  async #send(waiting: Waiting): Promise<void> {
    if (this.#isStopped) return;
    const peer = this.#receiverFor(waiting);
    if (peer === undefined) {
      if (this.#held.size < HELD_MAX) this.#held.add(waiting);
      else this.counts.dropped++;
      return;
    }
    waiting.tries++;
    this.counts.sent++;
    const status = await peer.session.request('deliver_sm', waiting.write()).then(
      (response) => response.status,
      () => undefined,
    );
    if (status === 0) this.counts.taken++;
    else if (waiting.tries < TRIES_MAX) this.#after(RETRY_MS, waiting);
    else this.counts.dropped++;
  }

  #receiverFor({ from, systemId }: Waiting): SmppPeer | undefined {
    if (from.session.isOpen && canReceive(from)) return from;
    for (const peer of this.#peers()) {
      if (peer.systemId === systemId && peer.session.isOpen && canReceive(peer)) return peer;
    }
    return undefined;
  }
}

export function canReceive({ bindType }: SmppPeer): boolean {
  return bindType === 'transceiver' || bindType === 'receiver';
}
