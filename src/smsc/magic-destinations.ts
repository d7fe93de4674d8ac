/**
 * The destinations for which the simulator behaves in a known way whatever its settings: the handset's numbers with
 * the same meanings, and further ones for the states that only SMSCs have. All are kept for fiction (NANP 555-0100 to 555-0199).
 */
import type { ReceiptState } from '../smpp/delivery-receipt.ts';

export interface DestinationScript {
  /** What submits are answered, one after the other and then over again; absent: accepted. */
  readonly statuses?: readonly number[];
  /** Whether an accepted submit is answered at all. */
  readonly isAnswered?: false;
  /** The final state; `none` reports nothing. */
  readonly final: ReceiptState | 'none';
  /** network_error_code and `err:`. */
  readonly errorCode?: number;
  readonly receiptDelayMs?: number;
  readonly isReceiptFirst?: true;
  readonly receiptCount?: number;
}

export interface MagicDestination {
  /** International, digits only, as SMPP has them. */
  readonly digits: string;
  readonly behaviour: string;
  readonly script: DestinationScript;
}

const QUEUE_FULL = 0x14;
const THROTTLED = 0x58;
const INVALID_DESTINATION = 0x0b;
const SYSTEM_ERROR = 0x08;
const LATE_MS = 20_000;

export const MAGIC_DESTINATIONS: readonly MagicDestination[] = [
  {
    digits: '19075550101',
    behaviour: 'Accepted at once; reported delivered 20 seconds later.',
    script: { final: 'delivered', receiptDelayMs: LATE_MS },
  },
  {
    digits: '19075550102',
    behaviour: 'Accepted; the receipt says undeliverable.',
    script: { final: 'undeliverable', errorCode: 27 },
  },
  {
    digits: '19075550103',
    behaviour: 'Refused for good: 0x0B.',
    script: { statuses: [INVALID_DESTINATION], final: 'none' },
  },
  {
    digits: '19075550104',
    behaviour: 'Queue full (0x14) twice, then accepted and delivered.',
    script: { statuses: [QUEUE_FULL, QUEUE_FULL, 0], final: 'delivered' },
  },
  {
    digits: '19075550105',
    behaviour: 'Throttled (0x58) twice, then accepted and delivered.',
    script: { statuses: [THROTTLED, THROTTLED, 0], final: 'delivered' },
  },
  {
    digits: '19075550106',
    behaviour: 'Delivered, but the receipt comes before the response.',
    script: { final: 'delivered', isReceiptFirst: true },
  },
  {
    digits: '19075550107',
    behaviour: 'Accepted; no receipt ever comes.',
    script: { final: 'none' },
  },
  {
    digits: '19075550108',
    behaviour: 'Delivered, and the receipt comes three times.',
    script: { final: 'delivered', receiptCount: 3 },
  },
  {
    digits: '19075550109',
    behaviour: 'Taken, but the response is lost; the receipt says delivered.',
    script: { isAnswered: false, final: 'delivered' },
  },
  {
    digits: '19075550110',
    behaviour: 'Never answered, never reported.',
    script: { isAnswered: false, final: 'none' },
  },
  {
    digits: '19075550111',
    behaviour: 'Accepted; the receipt says expired.',
    script: { final: 'expired', errorCode: 31 },
  },
  {
    digits: '19075550112',
    behaviour: 'Accepted; the receipt says rejected.',
    script: { final: 'rejected', errorCode: 21 },
  },
  {
    digits: '19075550113',
    behaviour: 'Accepted; the receipt says unknown.',
    script: { final: 'unknown' },
  },
  {
    digits: '19075550114',
    behaviour: 'A system error (0x08), every time.',
    script: { statuses: [SYSTEM_ERROR], final: 'none' },
  },
];

const scriptByDigits: ReadonlyMap<string, DestinationScript> = new Map(
  MAGIC_DESTINATIONS.map(({ digits, script }) => [digits, script]),
);

/** With or without `+` or `00` before the number. */
export function findScript(destination: string): DestinationScript | undefined {
  return scriptByDigits.get(destination.replace(/^(?:\+|00)/, ''));
}
