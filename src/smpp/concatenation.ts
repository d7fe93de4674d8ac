/**
 * Splits a text that is longer than one short message, in the four ways that SMSCs ask for. It never separates the
 * two septets of an extension character or the two units of a surrogate pair. It does not choose the encoding or the reference number.
 * @see 3GPP TS 23.040 §9.2.3.24.1 and .8 (8- and 16-bit reference); SMPP 3.4 §5.3.2.22–24 (SAR), §5.3.2.32 (message_payload)
 */
import type { TextEncoding } from './encoding.ts';
import { encodeText } from './encoding.ts';
import { ESCAPE, encodeGsm7, packSeptets } from './gsm7.ts';
import type { Tlvs } from './tlvs.ts';
import { NO_TLVS } from './tlvs.ts';

export type Concatenation = 'udh8' | 'udh16' | 'sar' | 'payload';

/** What one submit_sm carries of the text. `isUdhi` asks for esm_class bit 6. */
export interface MessagePart {
  readonly shortMessage: Uint8Array;
  readonly isUdhi: boolean;
  readonly tlvs: Tlvs;
}

/** esm_class bit 6: short_message begins with a user data header. */
export const ESM_CLASS_UDHI = 0x40;

/** The user data of one SMS on the air: 140 octets, which hold 160 septets. */
const USER_DATA_OCTETS = 140;
const USER_DATA_SEPTETS = 160;
const UDH8_OCTETS = 6;
const UDH16_OCTETS = 7;
/** One octet counts the parts in every form but message_payload. */
const PARTS_MAX = 255;
const PAYLOAD_OCTETS_MAX = 0xffff;

export interface SplitOptions {
  readonly encoding: TextEncoding;
  readonly concatenation: Concatenation;
  /** Names the message among the recipient's; 0–255 with `udh8`, else 0–65535. Wider numbers are cut. */
  readonly reference: number;
  readonly partsMax?: number;
}

/**
 * One part for a text that fits a single message, whatever the way; else as many as it takes.
 * @throws RangeError if a character is not in the encoding or the parts are more than `partsMax`.
 */
export function splitText(text: string, options: SplitOptions): readonly MessagePart[] {
  const { encoding, concatenation, reference, partsMax = PARTS_MAX } = options;
  const units = toUnits(text, encoding);
  if (units.length <= unitsPerPart(encoding, 0)) {
    return [{ shortMessage: toOctets(units, encoding, 0), isUdhi: false, tlvs: NO_TLVS }];
  }
  if (concatenation === 'payload') {
    const messagePayload = toOctets(units, encoding, 0);
    if (messagePayload.length > PAYLOAD_OCTETS_MAX)
      throw new RangeError('the text is too long for message_payload');
    return [{ shortMessage: Buffer.alloc(0), isUdhi: false, tlvs: { messagePayload } }];
  }
  // An SMSC that is given SAR parameters makes the header itself, commonly the 8-bit one.
  const headerOctets = concatenation === 'udh16' ? UDH16_OCTETS : UDH8_OCTETS;
  const pieces = cut(units, unitsPerPart(encoding, headerOctets), encoding);
  if (pieces.length > Math.min(partsMax, PARTS_MAX)) throw new RangeError('the text needs too many parts');
  return pieces.map((piece, index) => {
    const place = { reference, total: pieces.length, number: index + 1 };
    if (concatenation === 'sar') {
      return { shortMessage: toOctets(piece, encoding, 0), isUdhi: false, tlvs: sarTlvs(place) };
    }
    const header = userDataHeader(concatenation, place);
    const body = toOctets(piece, encoding, header.length);
    return { shortMessage: Buffer.concat([header, body]), isUdhi: true, tlvs: NO_TLVS };
  });
}

interface Place {
  readonly reference: number;
  readonly total: number;
  readonly number: number;
}

function sarTlvs({ reference, total, number }: Place): Tlvs {
  return { sarMsgRefNum: reference & 0xffff, sarTotalSegments: total, sarSegmentSeqnum: number };
}

function userDataHeader(kind: 'udh8' | 'udh16', { reference, total, number }: Place): Buffer {
  if (kind === 'udh8') return Buffer.from([5, 0x00, 3, reference & 0xff, total, number]);
  return Buffer.from([6, 0x08, 4, (reference >> 8) & 0xff, reference & 0xff, total, number]);
}

/** What is counted and cut: septets (each in an octet), UTF-16 units, or octets. */
type Units = Uint8Array | Uint16Array;

function toUnits(text: string, encoding: TextEncoding): Units {
  if (encoding === 'gsm7' || encoding === 'gsm7-packed') return encodeGsm7(text);
  if (encoding !== 'ucs2') return encodeText(text, encoding);
  return Uint16Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));
}

function toOctets(units: Units, encoding: TextEncoding, headerOctets: number): Uint8Array {
  if (units instanceof Uint16Array) {
    const octets = Buffer.allocUnsafe(units.length * 2);
    units.forEach((unit, index) => {
      octets.writeUInt16BE(unit, index * 2);
    });
    return octets;
  }
  return encoding === 'gsm7-packed' ? packSeptets(units, (7 - ((headerOctets * 8) % 7)) % 7) : units;
}

function unitsPerPart(encoding: TextEncoding, headerOctets: number): number {
  if (encoding === 'ucs2') return Math.floor((USER_DATA_OCTETS - headerOctets) / 2);
  if (encoding === 'latin1' || encoding === 'ascii') return USER_DATA_OCTETS - headerOctets;
  return USER_DATA_SEPTETS - Math.ceil((headerOctets * 8) / 7);
}

function cut(units: Units, size: number, encoding: TextEncoding): readonly Units[] {
  const pieces: Units[] = [];
  let start = 0;
  while (start < units.length) {
    let end = Math.min(start + size, units.length);
    if (end < units.length && isInsidePair(units, end, encoding)) end--;
    pieces.push(units.subarray(start, end));
    start = end;
  }
  return pieces;
}

/** Whether a cut before `at` would separate two units that belong together. */
function isInsidePair(units: Units, at: number, encoding: TextEncoding): boolean {
  const before = units[at - 1] ?? 0;
  if (encoding === 'ucs2') return (before & 0xfc00) === 0xd800 && ((units[at] ?? 0) & 0xfc00) === 0xdc00;
  return (encoding === 'gsm7' || encoding === 'gsm7-packed') && before === ESCAPE;
}
