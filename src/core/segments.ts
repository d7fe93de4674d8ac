/**
 * How many SMS a text becomes, which is what it costs and whether it arrives in one piece. It decides by the text
 * alone; a carrier that is set to another data coding splits for itself.
 *
 * @see 3GPP TS 23.040 §9.2.3.24.1 (concatenation) and TS 23.038 §4 (140 octets of user data)
 */
import { gsm7SeptetsOf, isGsm7 } from './gsm7.ts';

export type SmsEncoding = 'gsm7' | 'ucs2';

export interface SegmentCount {
  readonly encoding: SmsEncoding;
  /** Septets for gsm7, 16-bit units for ucs2, as sent; what is left unused at the end of a part is not counted. */
  readonly units: number;
  /** At least 1: an empty text is still a message. */
  readonly segments: number;
}

/**
 * Units that fit one message, and one part of several: 140 octets, less six for the concatenation header (an 8-bit
 * reference), which leaves 134 octets: 153 septets after a fill bit, or 67 units.
 */
const SEGMENT_UNITS_MAX: Readonly<Record<SmsEncoding, { readonly single: number; readonly part: number }>> = {
  gsm7: { single: 160, part: 153 },
  ucs2: { single: 70, part: 67 },
};

/**
 * Packs character by character, because an escape and its extension character, or the two halves of a surrogate pair,
 * are never parted (TS 23.040 §9.2.3.24.1): a part may hold 152 septets or 66 units, and a division would be wrong.
 */
export function countSegments(text: string): SegmentCount {
  const encoding = isGsm7(text) ? 'gsm7' : 'ucs2';
  const { single, part } = SEGMENT_UNITS_MAX[encoding];
  let units = 0;
  let parts = 1;
  let unitsInPart = 0;
  for (const character of text) {
    const width = encoding === 'gsm7' ? gsm7SeptetsOf(character) : character.length;
    units += width;
    if (unitsInPart + width > part) {
      parts += 1;
      unitsInPart = 0;
    }
    unitsInPart += width;
  }
  return { encoding, units, segments: units <= single ? 1 : parts };
}
