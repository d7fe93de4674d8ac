/**
 * Reads a delivery receipt out of a deliver_sm or data_sm: the TLVs first, then the text in the spellings seen in the field.
 * Pure; it neither matches the id to a message nor knows a time zone.
 * @see SMPP 3.4 §2.11, §5.2.12 (esm_class), §5.2.28 (message_state), Appendix B (text)
 */
import type { TextEncoding } from './encoding.ts';
import { decodeText, encodingOf } from './encoding.ts';
import type { Tlvs } from './tlvs.ts';

export type ReceiptState =
  | 'scheduled'
  | 'enroute'
  | 'delivered'
  | 'expired'
  | 'deleted'
  | 'undeliverable'
  | 'accepted'
  | 'unknown'
  | 'rejected'
  | 'skipped';

export interface DeliveryReceipt {
  readonly messageId: string;
  readonly state: ReceiptState;
  /** As the SMSC wrote it; from network_error_code its decimal number. */
  readonly errorCode?: string;
  /** Local time of the SMSC as `YYYY-MM-DDTHH:MM:SS`, without a zone: the text has none. */
  readonly submitDate?: string;
  readonly doneDate?: string;
}

export interface ReceiptSource {
  readonly esmClass: number;
  readonly dataCoding: number;
  /** Absent in data_sm. */
  readonly shortMessage?: Uint8Array;
}

/** esm_class bits 5–2: the type of the message. */
const MESSAGE_TYPE_MASK = 0x3c;
const TYPE_SMSC_RECEIPT = 0x04;
const TYPE_INTERMEDIATE = 0x20;
const UDHI = 0x40;

/** message_state (§5.2.28; 0 and 9 are 5.0's). */
const STATE_BY_NUMBER: readonly ReceiptState[] = [
  'scheduled',
  'enroute',
  'delivered',
  'expired',
  'deleted',
  'undeliverable',
  'accepted',
  'unknown',
  'rejected',
  'skipped',
];

/** By the first letters in upper case: Appendix B's seven characters, and the longer words that some write. */
const STATE_BY_WORD: readonly (readonly [prefix: string, state: ReceiptState])[] = [
  ['DELIV', 'delivered'],
  ['EXPIR', 'expired'],
  ['DELET', 'deleted'],
  ['UNDEL', 'undeliverable'],
  ['FAIL', 'undeliverable'],
  ['ACCEP', 'accepted'],
  ['ACK', 'accepted'],
  ['REJ', 'rejected'],
  ['BLOCK', 'rejected'],
  ['ENROUT', 'enroute'],
  ['EN_ROUT', 'enroute'],
  ['BUFF', 'enroute'],
  ['SCHED', 'scheduled'],
  ['SKIP', 'skipped'],
  ['UNKN', 'unknown'],
];

/** Appendix B's text is 120 characters or so; what follows `text:` is the message and is not read. */
const TEXT_CHARACTERS_MAX = 1024;

/**
 * Undefined if the PDU is no receipt. Only esm_class, or a message id and state in TLVs, make one: a text that merely
 * looks like a receipt comes from a phone, and would let its owner forge deliveries.
 */
export function parseDeliveryReceipt(
  source: ReceiptSource,
  tlvs: Tlvs,
  defaultAlphabet: TextEncoding = 'gsm7',
): DeliveryReceipt | undefined {
  const type = source.esmClass & MESSAGE_TYPE_MASK;
  const isFlagged = type === TYPE_SMSC_RECEIPT || type === TYPE_INTERMEDIATE;
  const isInTlvs = tlvs.receiptedMessageId !== undefined && tlvs.messageState !== undefined;
  if (!isFlagged && !isInTlvs) return undefined;
  const text = readReceiptText(textOf(source, tlvs, defaultAlphabet));
  const messageId = tlvs.receiptedMessageId || text.id;
  const state =
    tlvs.messageState === undefined ? text.state : (STATE_BY_NUMBER[tlvs.messageState] ?? 'unknown');
  if (messageId === undefined || messageId === '' || state === undefined) return undefined;
  const errorCode = networkErrorCode(tlvs.networkErrorCode) ?? text.errorCode;
  return {
    messageId,
    state,
    ...(errorCode !== undefined && { errorCode }),
    ...(text.submitDate !== undefined && { submitDate: text.submitDate }),
    ...(text.doneDate !== undefined && { doneDate: text.doneDate }),
  };
}

/** §5.3.2.31: one octet names the network, two are its error. */
function networkErrorCode(value: Uint8Array | undefined): string | undefined {
  if (value === undefined || value.length !== 3) return undefined;
  return String(((value[1] ?? 0) << 8) | (value[2] ?? 0));
}

function textOf(source: ReceiptSource, tlvs: Tlvs, defaultAlphabet: TextEncoding): string {
  let octets = source.shortMessage ?? Buffer.alloc(0);
  if (octets.length === 0) octets = tlvs.messagePayload ?? octets;
  if ((source.esmClass & UDHI) !== 0) octets = octets.subarray((octets[0] ?? 0) + 1);
  const encoding = encodingOf(source.dataCoding, defaultAlphabet);
  // Whatever one-octet alphabet is announced, SMSCs write receipts, and the ids in them, in ASCII; GSM 7-bit differs in `_` and `@`.
  const read = encoding === 'ucs2' || encoding === 'gsm7-packed' ? encoding : 'latin1';
  const text = decodeText(octets.subarray(0, TEXT_CHARACTERS_MAX * 2), read);
  return text.replaceAll('\0', ' ').slice(0, TEXT_CHARACTERS_MAX);
}

interface ReceiptText {
  readonly id: string | undefined;
  readonly state: ReceiptState | undefined;
  readonly errorCode: string | undefined;
  readonly submitDate: string | undefined;
  readonly doneDate: string | undefined;
}

const ID = /(?:^|[\s,;])(?:message[ _-]?)?id\s?[:=]\s?([^\s,;]+)/i;
const STATE = /(?:^|[\s,;])(?:stat|state|status)\s?[:=]\s?([a-z_]+)/i;
const ERROR = /(?:^|[\s,;])(?:err|error)(?:[ _-]?code)?\s?[:=]\s?([0-9a-z]+)/i;
const SUBMIT_DATE = /(?:^|[\s,;])submit[ _-]?date\s?[:=]\s?(\d+)/i;
const DONE_DATE = /(?:^|[\s,;])done[ _-]?date\s?[:=]\s?(\d+)/i;
const TEXT = /(?:^|[\s,;])(?:text|msg)\s?[:=]/i;

function readReceiptText(whole: string): ReceiptText {
  // The message's own beginning follows `text:` and may say anything.
  const end = whole.search(TEXT);
  const text = end === -1 ? whole : whole.slice(0, end);
  return {
    id: ID.exec(text)?.[1],
    state: stateOfWord(STATE.exec(text)?.[1]),
    errorCode: ERROR.exec(text)?.[1],
    submitDate: toLocalTime(SUBMIT_DATE.exec(text)?.[1]),
    doneDate: toLocalTime(DONE_DATE.exec(text)?.[1]),
  };
}

function stateOfWord(word: string | undefined): ReceiptState | undefined {
  if (word === undefined) return undefined;
  const upper = word.toUpperCase();
  return STATE_BY_WORD.find(([prefix]) => upper.startsWith(prefix))?.[1] ?? 'unknown';
}

/** YYMMDDhhmm, with seconds, or with a four-digit year. */
function toLocalTime(digits: string | undefined): string | undefined {
  if (digits === undefined) return undefined;
  const full = digits.length === 10 || digits.length === 12 ? `20${digits}` : digits;
  const match = /^(\d{4})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])([01]\d|2[0-3])([0-5]\d)([0-5]\d)?$/.exec(full);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second = '00'] = match;
  return `${year}-${month}-${day}T${hour}:${minute}:${second}`;
}
