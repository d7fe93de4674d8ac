/**
 * The recipients for whom the handset misbehaves, as one table that the carrier plays, the page shows and
 * docs/handset.md repeats. It holds no behaviour of its own: handset.ts reads the scripts.
 *
 * The numbers are in 555-0100 to 555-0199, which the North American Numbering Plan keeps for fiction in every area
 * code, so they are valid and nobody's; example.com is kept for documentation (RFC 2606 §3).
 */
import type { ReceiptState } from '../../core/delivery.ts';

export interface MagicRecipient {
  /** Stable; also the local part of the e-mail address. */
  readonly name: string;
  /** E.164. */
  readonly phone: string;
  readonly email: string;
  /** What a client sees, in one sentence. */
  readonly behaviour: string;
  readonly script: Script;
}

/** What becomes of a message, from the answer to its submit to the last receipt. */
export interface Script {
  /** What submit answers, try by try of the same message; the last one stands for every later try. */
  readonly answers: readonly [Answer, ...Answer[]];
  /** When an accepted or unknown message shows on the phone; absent: never. */
  readonly arrivesAfterMs?: number;
  readonly receipts: readonly ScriptedReceipt[];
  /** Receipts reach the sink before submit answers. */
  readonly receiptsFirst?: true;
}

export type Answer =
  | { readonly kind: 'accept' }
  | {
      readonly kind: 'refuse';
      readonly reason: string;
      readonly permanent: boolean;
      readonly retryAfterMs?: number;
    }
  | { readonly kind: 'unknown'; readonly reason: string }
  /** No answer at all, until the caller gives up. */
  | { readonly kind: 'silence' };

export interface ScriptedReceipt {
  readonly state: ReceiptState;
  readonly reason?: string;
  /** Since the receipt before; absent: the handset's usual delay. */
  readonly afterMs?: number;
}

const ACCEPT: Answer = { kind: 'accept' };
const ACCEPTED: ScriptedReceipt = { state: 'accepted' };
const DELIVERED: ScriptedReceipt = { state: 'delivered' };

/** Long enough to watch a client wait, short enough for the shortest life of a code (30 s). */
const LATE_MS = 20_000;
const THROTTLED_RETRY_AFTER_MS = 2000;
const QUEUE_FULL: Answer = { kind: 'refuse', reason: 'queue-full', permanent: false };
const THROTTLED: Answer = {
  kind: 'refuse',
  reason: 'throttled',
  permanent: false,
  retryAfterMs: THROTTLED_RETRY_AFTER_MS,
};

/** What everybody else gets. */
export const ORDINARY_SCRIPT: Script = {
  answers: [ACCEPT],
  arrivesAfterMs: 0,
  receipts: [ACCEPTED, DELIVERED],
};

export const MAGIC_RECIPIENTS: readonly MagicRecipient[] = [
  {
    name: 'late',
    phone: '+19075550101',
    email: 'late@example.com',
    behaviour: 'Accepted at once; arrives and is reported delivered 20 seconds later.',
    script: {
      answers: [ACCEPT],
      arrivesAfterMs: LATE_MS,
      receipts: [ACCEPTED, { state: 'delivered', afterMs: LATE_MS }],
    },
  },
  {
    name: 'undelivered',
    phone: '+19075550102',
    email: 'undelivered@example.com',
    behaviour: 'Accepted, never arrives; the receipt says failed.',
    script: { answers: [ACCEPT], receipts: [ACCEPTED, { state: 'failed', reason: 'absent-subscriber' }] },
  },
  {
    name: 'refused',
    phone: '+19075550103',
    email: 'refused@example.com',
    behaviour: 'Refused for good, every time.',
    script: {
      answers: [{ kind: 'refuse', reason: 'invalid-destination', permanent: true }],
      receipts: [],
    },
  },
  {
    name: 'refused-twice',
    phone: '+19075550104',
    email: 'refused-twice@example.com',
    behaviour: 'Refused for now at the first two tries of a message; the third is accepted and delivered.',
    script: { ...ORDINARY_SCRIPT, answers: [QUEUE_FULL, QUEUE_FULL, ACCEPT] },
  },
  {
    name: 'throttled',
    phone: '+19075550105',
    email: 'throttled@example.com',
    behaviour:
      'Throttled at the first two tries, asking to wait 2 seconds; the third is accepted and delivered.',
    script: { ...ORDINARY_SCRIPT, answers: [THROTTLED, THROTTLED, ACCEPT] },
  },
  {
    name: 'early-receipt',
    phone: '+19075550106',
    email: 'early-receipt@example.com',
    behaviour: 'Delivered, but the receipt comes before the carrier has answered the submit.',
    script: { ...ORDINARY_SCRIPT, receipts: [DELIVERED], receiptsFirst: true },
  },
  {
    name: 'lost-receipt',
    phone: '+19075550107',
    email: 'lost-receipt@example.com',
    behaviour: 'Accepted and arrives; no receipt ever comes.',
    script: { ...ORDINARY_SCRIPT, receipts: [] },
  },
  {
    name: 'repeated-receipts',
    phone: '+19075550108',
    email: 'repeated-receipts@example.com',
    behaviour: 'Delivered, and every receipt comes more than once, out of order too.',
    script: {
      ...ORDINARY_SCRIPT,
      receipts: [ACCEPTED, ACCEPTED, DELIVERED, DELIVERED, ACCEPTED, DELIVERED],
    },
  },
  {
    name: 'unknown',
    phone: '+19075550109',
    email: 'unknown@example.com',
    behaviour: 'Arrives, but the carrier’s answer is lost: the outcome of the submit is unknown.',
    script: {
      answers: [{ kind: 'unknown', reason: 'answer-lost' }],
      arrivesAfterMs: 0,
      receipts: [],
    },
  },
  {
    name: 'silent',
    phone: '+19075550110',
    email: 'silent@example.com',
    behaviour: 'Never arrives, and the carrier does not answer until the submit is given up.',
    script: { answers: [{ kind: 'silence' }], receipts: [] },
  },
];

const SCRIPTS: ReadonlyMap<string, Script> = new Map(
  MAGIC_RECIPIENTS.flatMap(({ phone, email, script }) => [
    [phone, script],
    [email, script],
  ]),
);

/**
 * The script of an address. E-mail addresses match in any case and with any plus tag (`late+7@example.com`), so that
 * one behaviour can be tried with as many recipients as a test needs.
 */
export function scriptFor(address: string): Script {
  const plain = address.toLowerCase().replace(/(?<=.)\+[^@]*(?=@)/, '');
  return SCRIPTS.get(plain) ?? ORDINARY_SCRIPT;
}
