/**
 * Texts to octets and back under a data_coding (SMPP 3.4 §5.2.19). What data_coding 0 means differs by SMSC and is
 * the caller's to say. How long a message may be and where it is split is concatenation.ts's.
 */
import { countSeptets, decodeGsm7, encodeGsm7, packSeptets, unpackSeptets } from './gsm7.ts';

/** `gsm7` has a septet in each octet; `gsm7-packed` has eight septets in seven octets. */
export type TextEncoding = 'gsm7' | 'gsm7-packed' | 'ascii' | 'latin1' | 'ucs2';

/** The data_coding that names an encoding by itself; GSM 7-bit is always the SMSC default alphabet. */
const DATA_CODING = { gsm7: 0, 'gsm7-packed': 0, ascii: 1, latin1: 3, ucs2: 8 } as const satisfies Record<
  TextEncoding,
  number
>;

export function dataCodingOf(encoding: TextEncoding): number {
  return DATA_CODING[encoding];
}

/**
 * The encoding that a data_coding announces, or undefined if it announces no text that we know (binary, JIS, …).
 * The groups of 3GPP TS 23.038 §4 (message class, message waiting) are read as well as SMPP's own list.
 */
export function encodingOf(dataCoding: number, defaultAlphabet: TextEncoding): TextEncoding | undefined {
  const group = dataCoding >> 4;
  if (group === 0) {
    if (dataCoding === 0) return defaultAlphabet;
    return dataCoding === 1 ? 'ascii' : dataCoding === 3 ? 'latin1' : dataCoding === 8 ? 'ucs2' : undefined;
  }
  if (group === 0xf) return (dataCoding & 0x04) === 0 ? defaultAlphabet : undefined;
  if (group === 0xc || group === 0xd) return defaultAlphabet;
  if (group === 0xe) return 'ucs2';
  if (group > 3 || (dataCoding & 0x20) !== 0) return undefined;
  const alphabet = (dataCoding >> 2) & 0x03;
  return alphabet === 0 ? defaultAlphabet : alphabet === 2 ? 'ucs2' : undefined;
}

/** Whether every character of the text exists in the encoding. UCS-2 is taken as UTF-16, as phones do. */
export function canEncode(text: string, encoding: TextEncoding): boolean {
  if (encoding === 'ucs2') return true;
  if (encoding === 'gsm7' || encoding === 'gsm7-packed') return countSeptets(text) !== undefined;
  const max = encoding === 'ascii' ? 0x7f : 0xff;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > max) return false;
  return true;
}

/** @throws RangeError if a character does not exist in the encoding. */
export function encodeText(text: string, encoding: TextEncoding): Uint8Array {
  if (encoding === 'gsm7') return encodeGsm7(text);
  if (encoding === 'gsm7-packed') return packSeptets(encodeGsm7(text));
  if (!canEncode(text, encoding)) throw new RangeError(`a character is not in ${encoding}`);
  if (encoding !== 'ucs2') return Buffer.from(text, 'latin1');
  return Buffer.from(text, 'utf16le').swap16();
}

/** Total: a lone last octet of UCS-2 is dropped, and every other octet sequence has a reading. */
export function decodeText(octets: Uint8Array, encoding: TextEncoding): string {
  if (encoding === 'gsm7') return decodeGsm7(octets);
  if (encoding === 'gsm7-packed') return decodeGsm7(unpackSeptets(octets));
  if (encoding !== 'ucs2') return Buffer.from(octets).toString(encoding === 'ascii' ? 'ascii' : 'latin1');
  const even = Buffer.from(octets.subarray(0, octets.length & ~1));
  return even.swap16().toString('utf16le');
}
