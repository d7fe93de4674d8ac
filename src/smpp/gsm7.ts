/**
 * The GSM 7-bit default alphabet with its extension table, unpacked (a septet in each octet) and packed. National
 * language shift tables are deliberately absent: SMSCs that take them are rare, and UCS-2 serves those texts.
 * @see 3GPP TS 23.038 §6.1.2.1 (packing), §6.2.1 (alphabet), §6.2.1.1 (extension)
 */

export const ESCAPE = 0x1b;
const CARRIAGE_RETURN = 0x0d;

/** Index is the septet. 0x1B is the escape to the extension table, shown here by U+001B. */
const DEFAULT_ALPHABET =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u001bÆæßÉ' +
  ' !"#¤%&\'()*+,-./0123456789:;<=>?' +
  '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§' +
  '¿abcdefghijklmnopqrstuvwxyzäöñüà';

const EXTENSION: readonly (readonly [septet: number, character: string])[] = [
  [0x0a, '\f'],
  [0x14, '^'],
  [0x28, '{'],
  [0x29, '}'],
  [0x2f, '\\'],
  [0x3c, '['],
  [0x3d, '~'],
  [0x3e, ']'],
  [0x40, '|'],
  [0x65, '€'],
];

const ABSENT = -1;
const EXTENDED = 0x100;

/** By UTF-16 unit: the septet, EXTENDED + the septet after an escape, or ABSENT. All are below U+20AD. */
const septetByUnit = new Int16Array(0x20ad).fill(ABSENT);
for (let septet = 0; septet < DEFAULT_ALPHABET.length; septet++) {
  if (septet !== ESCAPE) septetByUnit[DEFAULT_ALPHABET.charCodeAt(septet)] = septet;
}
for (const [septet, character] of EXTENSION) septetByUnit[character.charCodeAt(0)] = EXTENDED + septet;
const characterByExtension: ReadonlyMap<number, string> = new Map(EXTENSION);

/** Septets that a text takes, or undefined if a character is not in the alphabet. */
export function countSeptets(text: string): number | undefined {
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const septet = septetByUnit[text.charCodeAt(i)] ?? ABSENT;
    if (septet === ABSENT) return undefined;
    count += septet >= EXTENDED ? 2 : 1;
  }
  return count;
}

/**
 * One septet in each octet, as most SMSCs expect under data_coding 0.
 * @throws RangeError if a character is not in the alphabet.
 */
export function encodeGsm7(text: string): Uint8Array {
  const count = countSeptets(text);
  if (count === undefined) throw new RangeError('a character is not in the GSM 7-bit alphabet');
  const septets = Buffer.allocUnsafe(count);
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    const septet = septetByUnit[text.charCodeAt(i)] ?? ABSENT;
    if (septet >= EXTENDED) septets[at++] = ESCAPE;
    septets[at++] = septet & 0x7f;
  }
  return septets;
}

/**
 * Total: §6.2.1.1 shows an unknown extension as the character of the default alphabet; a lone escape at the end is a space; the
 * eighth bit is ignored.
 */
export function decodeGsm7(septets: Uint8Array): string {
  let text = '';
  for (let i = 0; i < septets.length; i++) {
    const septet = (septets[i] ?? 0) & 0x7f;
    if (septet !== ESCAPE) {
      text += DEFAULT_ALPHABET[septet];
      continue;
    }
    i++;
    const extended = (septets[i] ?? 0x20) & 0x7f;
    // An escape after an escape is reserved for a further table; a receiver shows a space.
    text += extended === ESCAPE ? ' ' : (characterByExtension.get(extended) ?? DEFAULT_ALPHABET[extended]);
  }
  return text;
}

/**
 * Packs septets (§6.1.2.1). `fillBits` zero bits come first, so that the text after a user data header begins on
 * a septet boundary. Seven spare bits at the end hold a carriage return, not an `@` (§6.1.2.3.1).
 */
export function packSeptets(septets: Uint8Array, fillBits = 0): Uint8Array {
  const bits = fillBits + septets.length * 7;
  const packed = Buffer.alloc(Math.ceil(bits / 8));
  let bit = fillBits;
  const put = (septet: number) => {
    const at = bit >> 3;
    const shifted = (septet & 0x7f) << (bit & 7);
    packed[at] = (packed[at] ?? 0) | (shifted & 0xff);
    if (shifted > 0xff) packed[at + 1] = (packed[at + 1] ?? 0) | (shifted >> 8);
    bit += 7;
  };
  for (const septet of septets) put(septet);
  if (packed.length * 8 - bit === 7) put(CARRIAGE_RETURN);
  return packed;
}

/**
 * Reverses `packSeptets`. Without `count`, as many septets as the octets hold, and a carriage return that can only be padding is dropped.
 */
export function unpackSeptets(packed: Uint8Array, fillBits = 0, count?: number): Uint8Array {
  const whole = Math.max(0, Math.floor((packed.length * 8 - fillBits) / 7));
  const septets = Buffer.allocUnsafe(Math.min(count ?? whole, whole));
  for (let i = 0; i < septets.length; i++) {
    const bit = fillBits + i * 7;
    const at = bit >> 3;
    const pair = (packed[at] ?? 0) | ((packed[at + 1] ?? 0) << 8);
    septets[i] = (pair >> (bit & 7)) & 0x7f;
  }
  const endsAtOctet = (fillBits + septets.length * 7) % 8 === 0;
  const isPadding = count === undefined && endsAtOctet && septets.at(-1) === CARRIAGE_RETURN;
  return isPadding ? septets.subarray(0, -1) : septets;
}
