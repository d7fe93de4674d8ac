import type { RequestWebhook } from './callback.ts';
import type { MessageChannel } from './channel.ts';
import type { KeyMode } from './principal.ts';

/**
 * A message and its way to a person, as pure decisions: which state follows which, and what a carrier's answer or
 * receipt means. Choosing a carrier is in routing.ts; talking to it is the dispatcher's work.
 *
 * ```
 *   queued ──accepted──▶ accepted ──receipt──▶ delivered | failed
 *     │ │                    └── no receipt in the waiting time ──▶ unconfirmed
 *     │ └─ every carrier refused for good ──▶ failed
 *     └─ its code or validity ran out ──▶ expired     (settled verification ──▶ canceled)
 * ```
 *
 * `unconfirmed` is terminal but may still become `delivered` or `failed` by a late receipt.
 */
export type MessageState =
  | 'queued'
  | 'accepted'
  | 'delivered'
  | 'failed'
  | 'expired'
  | 'canceled'
  | 'unconfirmed';

export interface Message {
  readonly id: string;
  readonly tenantId: string;
  /** Absent for a text with no code of ours. */
  readonly verificationId?: string;
  readonly recipientId: string;
  readonly dialect: string;
  readonly mode: KeyMode;
  readonly channel: MessageChannel;
  readonly state: MessageState;
  readonly segments: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** After this instant the message is worthless and is not sent. */
  readonly notAfterMs: number;
  /** When the next attempt is due; absent once no attempt is to come. */
  readonly nextAttemptAtMs?: number;
  readonly attemptCount: number;
  /** Carriers that answered `refused` for good or `unknown`, in order; routing passes them over. */
  readonly triedCarriers: readonly string[];
  /** The carrier that accepted it last. */
  readonly carrier?: string;
  readonly lease?: Lease;
  readonly toSealed: Uint8Array;
  /** The rendered content (`MessageContent` as JSON), sealed; erased when it can no longer be needed. */
  readonly contentSealed?: Uint8Array;
  readonly details: MessageDetails;
}

/** Who is working on the message, until when; `number` grows with every claim, so a late worker finds itself fenced off. */
export interface Lease {
  readonly node: string;
  readonly number: number;
  readonly untilMs: number;
}

export interface MessageDetails {
  readonly sender?: string;
  readonly country?: string;
  readonly locale?: string;
  /** The tenant's template that the text was made from. */
  readonly template?: string;
  /** Present: more segments than this ends the message as `failed`. */
  readonly segmentsMax?: number;
  readonly clientReference?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly webhook?: RequestWebhook;
  readonly failure?: string;
  /** Tenant texts that must be readable until retention ends are not erased when accepted. */
  readonly keepsContent?: boolean;
}

/** What is handed to a carrier, and what is sealed while the message waits. */
export interface MessageContent {
  readonly body: string;
  /** E-mail only. Never holds the code. */
  readonly subject?: string;
  /** The code within the body, for carriers that speak or style it. */
  readonly code?: string;
}

/** What a carrier says of one submit. Whatever throws or times out after the request may have left is `unknown`. */
export type SubmitOutcome =
  | { readonly kind: 'accepted'; readonly carrierMessageIds: readonly string[] }
  | {
      readonly kind: 'refused';
      /** A stable word for logs and the timeline: `invalid-destination`, `throttled`, `smpp-0x0000000b` … */
      readonly reason: string;
      readonly permanent: boolean;
      /** Asked to slow down, which says nothing against the carrier's health. */
      readonly isThrottled?: boolean;
      /** The carrier's own wish, e.g. from Retry-After. */
      readonly retryAfterMs?: number;
    }
  | { readonly kind: 'unknown'; readonly reason: string };

/** What a receipt says; `accepted` covers every report on the way that is not final. */
export type ReceiptState = 'accepted' | 'delivered' | 'failed' | 'expired';

export interface Receipt {
  readonly carrier: string;
  readonly carrierMessageId: string;
  readonly state: ReceiptState;
  /** The carrier's own error code or word, kept for the timeline. */
  readonly reason?: string;
  readonly receivedAtMs: number;
}

/** One part that a carrier accepted; a long SMS has several. Receipts are matched on carrier and id. */
export interface Submission {
  readonly carrier: string;
  readonly carrierMessageId: string;
  readonly messageId: string;
  readonly part: number;
  readonly parts: number;
  readonly state: ReceiptState;
  readonly submittedAtMs: number;
}

/** Reports are ordered; one that says less than what is known is ignored, as is a repeat. */
const RECEIPT_RANK: Record<ReceiptState, number> = { accepted: 0, expired: 1, failed: 1, delivered: 2 };

export function advancesReceipt(known: ReceiptState, reported: ReceiptState): boolean {
  return RECEIPT_RANK[reported] > RECEIPT_RANK[known];
}

/**
 * The message's state from the reports on all its parts: delivered when every part is, failed as soon as one is.
 *
 * @param known the message's state now; only `accepted`, `unconfirmed` and a `failed` that a delivery corrects move
 */
export function stateFromParts(known: MessageState, parts: readonly ReceiptState[]): MessageState {
  if (known === 'queued' || known === 'expired' || known === 'canceled' || known === 'delivered')
    return known;
  if (parts.every((part) => part === 'delivered')) return 'delivered';
  if (parts.some((part) => part === 'failed' || part === 'expired')) return 'failed';
  return known;
}
