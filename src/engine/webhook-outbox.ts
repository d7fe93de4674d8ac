import type { Lease } from '../core/delivery.ts';
import type { NewEvent } from '../core/webhook.ts';

/** The way from a use case to the webhook dispatcher of the same node, without a poll between them. */
export interface WebhookOutbox {
  /** A lease for a delivery about to be written, or undefined where this node has no room for its endpoint now. */
  leaseForNew(endpointId: string, nowMs: number): Lease | undefined;
  /** Hands over what events carried, once they have been committed. */
  offer(events: readonly NewEvent[]): void;
}
