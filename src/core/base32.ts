/**
 * Base 32 as authenticator apps write secrets: upper case, no padding, read leniently.
 *
 * @see RFC 4648 §6
 */
const SYMBOLS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const BITS_PER_SYMBOL = 5;

/** Secrets are 20–64 bytes; a text that is longer by far is none. */
const BASE32_CHARS_MAX = 1024;

export function encodeBase32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let buffer = 0;
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    while (bits >= BITS_PER_SYMBOL) {
      bits -= BITS_PER_SYMBOL;
      text += SYMBOLS[(buffer >> bits) & 31];
    }
    buffer &= (1 << bits) - 1;
  }
  return bits > 0 ? text + SYMBOLS[(buffer << (BITS_PER_SYMBOL - bits)) & 31] : text;
}

/**
 * Either case, with or without padding, spaces and hyphens between groups; undefined when a symbol is foreign, the
 * length is one that no byte string has, or the bits left over are not zero (RFC 4648 §3.5: else two texts mean one).
 */
export function decodeBase32(text: string): Uint8Array | undefined {
  if (text.length > BASE32_CHARS_MAX) return undefined;
  const symbols = text.replace(/[ -]/g, '').replace(/=+$/, '').toUpperCase();
  const bytes: number[] = [];
  let bits = 0;
  let buffer = 0;
  for (const symbol of symbols) {
    const value = SYMBOLS.indexOf(symbol);
    if (value === -1) return undefined;
    buffer = (buffer << BITS_PER_SYMBOL) | value;
    bits += BITS_PER_SYMBOL;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((buffer >> bits) & 0xff);
    }
    buffer &= (1 << bits) - 1;
  }
  return bits < BITS_PER_SYMBOL && buffer === 0 ? Uint8Array.from(bytes) : undefined;
}
