/**
 * Writes a delivery receipt in the forms that SMSCs of the field use. When it is sent, and to whom, is receipt-sender.ts's.
 * @see SMPP 3.4 Appendix B, which leaves the text to the vendor
 */
import type { Clock } from '../lib/time.ts';
import { toIso } from '../lib/time.ts';
import type { ReceiptState } from '../smpp/delivery-receipt.ts';
import type { FieldsOf } from '../smpp/pdu-layouts.ts';
import type { Tlvs } from '../smpp/tlvs.ts';

export const ID_FORMS = ['decimal', 'padded', 'hex', 'upper-hex'] as const;
export type IdForm = (typeof ID_FORMS)[number];

export const RECEIPT_FORMS = ['both', 'tlv', 'text'] as const;
export type ReceiptForm = (typeof RECEIPT_FORMS)[number];

export const RECEIPT_SPELLINGS = ['appendix-b', 'capitals', 'underscores', 'words'] as const;
export type ReceiptSpelling = (typeof RECEIPT_SPELLINGS)[number];

const PADDED_DIGITS = 20;

export function formatId(number: number, form: IdForm): string {
  if (form === 'decimal') return String(number);
  if (form === 'padded') return String(number).padStart(PADDED_DIGITS, '0');
  const hex = number.toString(16);
  return form === 'hex' ? hex : hex.toUpperCase();
}

const STATES = {
  scheduled: { number: 0, word: 'SCHEDUL', long: 'SCHEDULED' },
  enroute: { number: 1, word: 'ENROUTE', long: 'ENROUTE' },
  delivered: { number: 2, word: 'DELIVRD', long: 'DELIVERED' },
  expired: { number: 3, word: 'EXPIRED', long: 'EXPIRED' },
  deleted: { number: 4, word: 'DELETED', long: 'DELETED' },
  undeliverable: { number: 5, word: 'UNDELIV', long: 'UNDELIVERABLE' },
  accepted: { number: 6, word: 'ACCEPTD', long: 'ACCEPTED' },
  unknown: { number: 7, word: 'UNKNOWN', long: 'UNKNOWN' },
  rejected: { number: 8, word: 'REJECTD', long: 'REJECTED' },
  skipped: { number: 9, word: 'SKIPPED', long: 'SKIPPED' },
} as const satisfies Record<
  ReceiptState,
  { readonly number: number; readonly word: string; readonly long: string }
>;

export function messageStateNumber(state: ReceiptState): number {
  return STATES[state].number;
}

/** As much of a submitted message as its receipt tells. */
export interface ReportedMessage {
  readonly number: number;
  readonly source: string;
  readonly destination: string;
  readonly text: string;
  readonly receivedAtMs: number;
  readonly state: ReceiptState;
}

export interface ReceiptStyle {
  readonly form: ReceiptForm;
  readonly spelling: ReceiptSpelling;
  readonly ids: IdForm;
}

export interface ReceiptPdu {
  readonly fields: Partial<FieldsOf<'deliver_sm'>>;
  readonly tlvs: Tlvs;
}

const ESM_CLASS_RECEIPT = 0x04;
/** network_error_code begins with the network's type (§5.3.2.31): GSM. */
const NETWORK_GSM = 3;
const TEXT_CHARACTERS = 20;

/** From the message's destination to its source, as receipts go. */
export function writeReceipt(
  message: ReportedMessage,
  errorCode: number,
  style: ReceiptStyle,
  clock: Clock,
): ReceiptPdu {
  const id = formatId(message.number, style.ids);
  const text = style.form === 'tlv' ? '' : writeText(message, id, errorCode, style.spelling, clock);
  const tlvs: Tlvs = {
    receiptedMessageId: id,
    messageState: STATES[message.state].number,
    networkErrorCode: Buffer.from([NETWORK_GSM, errorCode >> 8, errorCode & 0xff]),
  };
  return {
    fields: {
      sourceAddr: message.destination,
      destinationAddr: message.source,
      esmClass: ESM_CLASS_RECEIPT,
      // Latin-1 at most: what of the message's text is not becomes a question mark.
      shortMessage: Buffer.from(text.replaceAll(/[^\x20-\xff]/g, '?'), 'latin1'),
    },
    tlvs: style.form === 'text' ? {} : tlvs,
  };
}

function writeText(
  message: ReportedMessage,
  id: string,
  errorCode: number,
  spelling: ReceiptSpelling,
  clock: Clock,
): string {
  const state = STATES[message.state];
  const delivered = message.state === 'delivered' ? 1 : 0;
  const error = String(errorCode).padStart(3, '0');
  const submitted = digitsOf(message.receivedAtMs);
  const done = digitsOf(clock());
  const beginning = message.text.slice(0, TEXT_CHARACTERS);
  switch (spelling) {
    case 'appendix-b':
      return `id:${id} sub:001 dlvrd:00${delivered} submit date:${submitted.slice(2, 12)} done date:${done.slice(2, 12)} stat:${state.word} err:${error} text:${beginning}`;
    case 'capitals':
      return `ID:${id} SUB:001 DLVRD:00${delivered} SUBMIT DATE:${submitted.slice(2)} DONE DATE:${done.slice(2)} STAT:${state.word} ERR:${error} TEXT:${beginning}`;
    case 'underscores':
      return `id:${id} sub:1 dlvrd:${delivered} submit_date:${submitted} done_date:${done} stat:${state.word} err:${error}`;
    case 'words':
      return `message_id: ${id}, status: ${state.long}, error_code: ${errorCode}`;
  }
}

/** YYYYMMDDhhmmss, in UTC. */
function digitsOf(epochMs: number): string {
  return toIso(epochMs).replaceAll(/\D/g, '').slice(0, 14);
}
