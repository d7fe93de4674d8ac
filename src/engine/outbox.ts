import type { Lease, Message, MessageContent } from '../core/delivery.ts';

/** The way from a use case to the dispatcher of the same node, without a poll between them. */
export interface Outbox {
  /** A lease for a message about to be written, or undefined where this node cannot take more: any node may claim it then. */
  leaseForNew(nowMs: number): Lease | undefined;
  /** Hands over a message that has been committed with a lease of ours, its content still in the clear. */
  offer(work: OutboxWork): void;
}

export interface OutboxWork {
  readonly message: Message;
  readonly to: string;
  readonly content: MessageContent;
}
