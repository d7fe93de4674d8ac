/**
 * The master secret (`OTPOST_SECRET`) and the only thing that it does: wrap the data keys that are stored in the
 * database. It seals no row itself, so changing it re-wraps a handful of keys and touches no data.
 */
import { hkdfSync } from 'node:crypto';
import type { RandomBytes } from './random.ts';
import { createSealKey, KEY_BYTES, openBytes, sealBytes } from './seal.ts';

// 32 characters of base64 are 192 bits; hex carries half as much, so it is asked for twice the length.
const SECRET_CHARACTERS_MIN = 32;
const SECRET_HEX_DIGITS_MIN = 64;
const SECRET_CHARACTERS_MAX = 1024;
// A random secret shows more different characters than this in every practical case; a placeholder such as
// "changemechangeme…" or "0000…" does not. Hex has only sixteen to show.
const DISTINCT_CHARACTERS_MIN = 10;
const DISTINCT_HEX_DIGITS_MIN = 8;
const FINGERPRINT_BYTES = 8;

export type MasterSecretFault = 'too-short' | 'too-long' | 'too-repetitive';
export type ParsedMasterSecret =
  | { readonly ok: true; readonly secret: string }
  | { readonly ok: false; readonly fault: MasterSecretFault };

export interface Master {
  /** Wraps a data key for one context, which must be given again to unwrap it. */
  wrap(key: Uint8Array, context: string): Uint8Array;
  /** @throws SealError `unknown-key` when another master wrapped it, `tampered` when it was altered. */
  unwrap(wrapped: Uint8Array, context: string): Uint8Array;
  /** Sixteen hex digits that tell masters apart and reveal nothing: safe to store and to log. */
  fingerprint(): string;
}

/**
 * Takes hex (at least 64 digits), base64 or any other text of at least 32 characters. The text itself is the key
 * material: it is not decoded, since many texts are valid hex *and* base64, and guessing would let one secret
 * mean two keys.
 */
export function parseMasterSecret(text: string): ParsedMasterSecret {
  const secret = text.trim();
  const isHex = /^[0-9a-f]*$/i.test(secret);
  if (secret.length < (isHex ? SECRET_HEX_DIGITS_MIN : SECRET_CHARACTERS_MIN)) {
    return { ok: false, fault: 'too-short' };
  }
  if (secret.length > SECRET_CHARACTERS_MAX) return { ok: false, fault: 'too-long' };
  const distinct = new Set(isHex ? secret.toLowerCase() : secret).size;
  if (distinct < (isHex ? DISTINCT_HEX_DIGITS_MIN : DISTINCT_CHARACTERS_MIN)) {
    return { ok: false, fault: 'too-repetitive' };
  }
  return { ok: true, secret };
}

/** A new master secret: 32 random bytes in base64url. */
export function makeMasterSecret(randomBytes: RandomBytes): string {
  return Buffer.from(randomBytes(KEY_BYTES)).toString('base64url');
}

/** @param secret as `parseMasterSecret` or `makeMasterSecret` gave it */
export function createMaster(secret: string, randomBytes: RandomBytes): Master {
  const fingerprint = derive(secret, 'otpost/1 master fingerprint', FINGERPRINT_BYTES).toString('hex');
  const key = createSealKey({
    name: `master-${fingerprint}`,
    bytes: derive(secret, 'otpost/1 data key wrapping', KEY_BYTES),
  });
  return {
    wrap: (bytes, context) => sealBytes(key, bytes, context, randomBytes),
    unwrap: (wrapped, context) =>
      openBytes((name) => (name === key.name ? key : undefined), wrapped, context),
    fingerprint: () => fingerprint,
  };
}

/** HKDF-SHA256 without salt. @see RFC 5869 §3.1: the secret is already uniform enough, `info` separates uses. */
function derive(secret: string, info: string, bytes: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', info, bytes));
}
