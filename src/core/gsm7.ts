/**
 * The GSM 7-bit default alphabet and its extension table as data, indexed by septet value. Which text fits it and how
 * septets are counted live here; bit packing is the wire's business, and national language shift tables are left out,
 * because an SMSC has to be asked for them.
 *
 * @see 3GPP TS 23.038 §6.2.1 and §6.2.1.1
 */

/** Sixteen per row, from 0x00. U+001B stands at 0x1B for the escape to the extension table; it is not a character. */
export const GSM7_BASIC: string = [
  '@£$¥èéùìòÇ\nØø\rÅå',
  'Δ_ΦΓΛΩΠΨΣΘΞ\u001bÆæßÉ',
  ' !"#¤%&\'()*+,-./',
  '0123456789:;<=>?',
  '¡ABCDEFGHIJKLMNO',
  'PQRSTUVWXYZÄÖÑÜ§',
  '¿abcdefghijklmno',
  'pqrstuvwxyzäöñüà',
].join('');

const GSM7_ESCAPE = 0x1b;

/** Character → the septet that follows the escape. Form feed is the page break control of the table. */
export const GSM7_EXTENSION: ReadonlyMap<string, number> = new Map([
  ['\f', 0x0a],
  ['^', 0x14],
  ['{', 0x28],
  ['}', 0x29],
  ['\\', 0x2f],
  ['[', 0x3c],
  ['~', 0x3d],
  [']', 0x3e],
  ['|', 0x40],
  ['€', 0x65],
]);

const BASIC: ReadonlySet<string> = new Set([...GSM7_BASIC].filter((_, septet) => septet !== GSM7_ESCAPE));

/** How many septets one character takes: 1, 2 (escape and extension), or 0 when GSM 7-bit has no such character. */
export function gsm7SeptetsOf(character: string): 0 | 1 | 2 {
  if (BASIC.has(character)) return 1;
  return GSM7_EXTENSION.has(character) ? 2 : 0;
}

export function isGsm7(text: string): boolean {
  for (const character of text) if (gsm7SeptetsOf(character) === 0) return false;
  return true;
}
