/**
 * What the simulated phones have received: a bounded list for each, in memory only, and those who watch it grow.
 * It knows nothing of submits and receipts, and nothing survives a restart.
 */
import type { MessageChannel } from '../../core/channel.ts';

export interface HandsetMessage {
  /** Unique; the carrier's id of the submit. */
  readonly id: string;
  readonly to: string;
  readonly from: string;
  readonly channel: MessageChannel;
  /** For a call, the words that are spoken. */
  readonly body: string;
  readonly subject?: string;
  /** The code within the body, where it holds one of ours. */
  readonly code?: string;
  readonly receivedAtMs: number;
}

export interface Inbox {
  add(message: HandsetMessage): void;
  /** Newest first, at most `LISTED_MAX`. @param to one phone's or mailbox's only, in any case */
  list(to?: string): readonly HandsetMessage[];
  /** Calls back with each message as it arrives, until the returned function is called. A listener must not throw. */
  subscribe(listener: (message: HandsetMessage) => void): () => void;
}

/** More phones than a person tries by hand; a load test just pushes the quietest ones out. */
export const PHONES_MAX = 200;
/** More messages than the limits let one recipient have in two days. */
export const MESSAGES_PER_PHONE_MAX = 50;
/** One page's worth: with the longest bodies still well under a megabyte or two. */
export const LISTED_MAX = 500;

export function createInbox(): Inbox {
  /** By address in lower case; the phone that heard last is last, so the first one is the one to forget. */
  const phones = new Map<string, HandsetMessage[]>();
  const order = new WeakMap<HandsetMessage, number>();
  const listeners = new Set<(message: HandsetMessage) => void>();
  let added = 0;

  const keep = (message: HandsetMessage) => {
    const address = message.to.toLowerCase();
    const received = phones.get(address) ?? [];
    received.push(message);
    if (received.length > MESSAGES_PER_PHONE_MAX) received.shift();
    phones.delete(address);
    phones.set(address, received);
    if (phones.size <= PHONES_MAX) return;
    for (const quietest of phones.keys()) {
      phones.delete(quietest);
      break;
    }
  };

  return {
    add(message) {
      added += 1;
      order.set(message, added);
      keep(message);
      for (const listener of listeners) listener(message);
    },
    list(to) {
      const received = to === undefined ? [...phones.values()].flat() : (phones.get(to.toLowerCase()) ?? []);
      // By arrival, not by time: the clock may have stepped back.
      return received.toSorted((a, b) => (order.get(b) ?? 0) - (order.get(a) ?? 0)).slice(0, LISTED_MAX);
    },
    subscribe(listener) {
      // Wrapped, so that one function subscribed twice is two subscriptions.
      const own = (message: HandsetMessage) => listener(message);
      listeners.add(own);
      return () => {
        listeners.delete(own);
      };
    },
  };
}
