/**
 * The way of receipts that come in as HTTP requests: the server hands the request as it came to the carrier it names,
 * the carrier says whether it is genuine and what it reports, and the server acknowledges once that is durable. The
 * carrier reads and judges; it neither stores nor answers.
 */
import type { Receipt } from '../../core/delivery.ts';
import type { Carrier } from '../ports.ts';

export type { ReceiptSink } from '../ports.ts';

/** Implemented by carriers whose aggregator calls back. */
export interface ReceiptSource {
  /** Pure but for the clock, and never throws: whatever a stranger sends is one of the readings. */
  readReceipts(request: ReceiptRequest): ReceiptReading;
}

export interface ReceiptRequest {
  readonly method: 'GET' | 'POST';
  /** What follows the carrier's name in the path: `/receipts/{carrier}/{secret}`. */
  readonly secret?: string;
  /** As it came, without the question mark; empty when there is none. Signatures are made over it. */
  readonly query: string;
  /** Names in lower case; repeated ones are joined. */
  readonly headers: Readonly<Record<string, string>>;
  readonly rawBody: Buffer;
}

export type ReceiptReading =
  /** Genuine. It may report nothing that concerns us, and is acknowledged all the same. */
  | {
      readonly kind: 'read';
      readonly receipts: readonly Receipt[];
      readonly acknowledgement?: Acknowledgement;
    }
  /** Not from whom it says it is, or nobody could tell. */
  | { readonly kind: 'forged' }
  /** Genuine, but not in a form that is known. */
  | { readonly kind: 'malformed' }
  /** The carrier is shut; whoever called may try again. */
  | { readonly kind: 'closed' };

/** For aggregators that want to hear certain words; the others get an empty reply. */
export interface Acknowledgement {
  readonly contentType: string;
  readonly body: string;
}

export function receiptSourceOf(carrier: Carrier): ReceiptSource | undefined {
  return isReceiptSource(carrier) ? carrier : undefined;
}

function isReceiptSource(carrier: Carrier): carrier is Carrier & ReceiptSource {
  return 'readReceipts' in carrier && typeof carrier.readReceipts === 'function';
}
