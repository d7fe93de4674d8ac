/**
 * Reads what concatenation.ts writes: which part of which message a short message is, and its text without the user data header.
 * It does not put parts together: that needs a memory and its limits, which are the caller's.
 */
import type { TextEncoding } from './encoding.ts';
import { decodeText } from './encoding.ts';
import { decodeGsm7, unpackSeptets } from './gsm7.ts';
import type { Tlvs } from './tlvs.ts';

export interface PartPlace {
  readonly reference: number;
  readonly total: number;
  /** From 1. */
  readonly number: number;
}

export interface ReadPart {
  /** Undefined: the message is whole. */
  readonly place: PartPlace | undefined;
  readonly text: string;
}

/** 3GPP TS 23.040 §9.2.3.24: information elements of concatenation. */
const CONCATENATION_8_BIT = 0x00;
const CONCATENATION_16_BIT = 0x08;
const ESM_CLASS_UDHI = 0x40;

/** Total: a header that makes no sense is a header without concatenation. */
export function readPart(
  esmClass: number,
  shortMessage: Uint8Array,
  tlvs: Tlvs,
  encoding: TextEncoding,
): ReadPart {
  const octets = shortMessage.length > 0 ? shortMessage : (tlvs.messagePayload ?? shortMessage);
  const hasHeader = (esmClass & ESM_CLASS_UDHI) !== 0 && octets.length > 0;
  const headerOctets = hasHeader ? Math.min((octets[0] ?? 0) + 1, octets.length) : 0;
  const place = hasHeader ? placeFromHeader(octets.subarray(1, headerOctets)) : placeFromTlvs(tlvs);
  const body = octets.subarray(headerOctets);
  if (encoding !== 'gsm7-packed' || headerOctets === 0) return { place, text: decodeText(body, encoding) };
  const fillBits = (7 - ((headerOctets * 8) % 7)) % 7;
  return { place, text: decodeGsm7(unpackSeptets(body, fillBits)) };
}

function placeFromTlvs({ sarMsgRefNum, sarTotalSegments, sarSegmentSeqnum }: Tlvs): PartPlace | undefined {
  if (sarMsgRefNum === undefined || sarTotalSegments === undefined || sarSegmentSeqnum === undefined) {
    return undefined;
  }
  return { reference: sarMsgRefNum, total: sarTotalSegments, number: sarSegmentSeqnum };
}

function placeFromHeader(elements: Uint8Array): PartPlace | undefined {
  let at = 0;
  while (at + 2 <= elements.length) {
    const [id = 0, length = 0] = elements.subarray(at, at + 2);
    const [a = 0, b = 0, c = 0, d = 0] = elements.subarray(at + 2, at + 2 + length);
    if (id === CONCATENATION_8_BIT && length === 3) return { reference: a, total: b, number: c };
    if (id === CONCATENATION_16_BIT && length === 4) return { reference: (a << 8) | b, total: c, number: d };
    at += 2 + length;
  }
  return undefined;
}
