/**
 * The sealed envelope: AES-256-GCM under a named key, bound to the place where it is stored. It knows no key
 * store and no rotation: `keyring.ts` and `master.ts` choose the key.
 *
 *     version (1) · name length (1) · key name (ASCII) · nonce (12) · tag (16) · ciphertext
 *
 * The header and the context are authenticated together (the header is self-delimiting, so the two cannot be
 * confused). A random 96-bit nonce allows 2^32 seals under one key (NIST SP 800-38D §8.3): at two seals a start
 * and a thousand starts a second that is 24 days, so a busy installation rotates its seal key weekly.
 */
import assert from 'node:assert/strict';
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import type { RandomBytes } from './random.ts';

export const KEY_BYTES = 32;
const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_NAME = /^[a-z0-9][a-z0-9.-]{0,39}$/;

/** Raw material of a data key, as it comes out of the key table. */
export interface NamedKey {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A key ready for use: imported once, its header encoded once. */
export interface SealKey {
  readonly name: string;
  readonly header: Uint8Array;
  readonly key: KeyObject;
}

/**
 * Why a sealed value did not open. `unknown-key`: it was sealed under a key that is not loaded (`keyName` says
 * which). `tampered`: wrong key material, altered bytes, or a value moved to another context; GCM cannot tell
 * these apart. `malformed`: not an envelope at all.
 */
export class SealError extends Error {
  override readonly name = 'SealError';
  readonly reason: 'unknown-key' | 'tampered' | 'malformed';
  readonly keyName: string | undefined;

  constructor(reason: SealError['reason'], keyName?: string) {
    super(keyName === undefined ? `sealed value: ${reason}` : `sealed value: ${reason} (key ${keyName})`);
    this.reason = reason;
    this.keyName = keyName;
  }
}

/** Imports 32 bytes as an AES key. A bad name or length is a programmer's error and asserts. */
export function createSealKey({ name, bytes }: NamedKey): SealKey {
  assertNamedKey({ name, bytes });
  const header = Buffer.from([VERSION, name.length, ...Buffer.from(name, 'ascii')]);
  return { name, header, key: createSecretKey(bytes) };
}

export function assertNamedKey({ name, bytes }: NamedKey): void {
  assert.match(name, KEY_NAME, 'a key name is 1–40 of a-z 0-9 . -');
  assert.equal(bytes.length, KEY_BYTES, 'a key is 32 bytes');
}

/** Seals bytes for one context, which must be given again to open them. Costs about 4 µs. */
export function sealBytes(
  key: SealKey,
  plaintext: Uint8Array,
  context: string,
  randomBytes: RandomBytes,
): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  assert.equal(nonce.length, NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key.key, nonce);
  cipher.setAAD(Buffer.concat([key.header, Buffer.from(context)]));
  const ciphertext = cipher.update(plaintext);
  cipher.final();
  return Buffer.concat([key.header, nonce, cipher.getAuthTag(), ciphertext]);
}

/** @throws SealError */
export function openBytes(
  findKey: (name: string) => SealKey | undefined,
  sealed: Uint8Array,
  context: string,
): Buffer {
  const name = sealedWith(sealed);
  const key = findKey(name);
  if (!key) throw new SealError('unknown-key', name);
  const nonceStart = key.header.length;
  const tagStart = nonceStart + NONCE_BYTES;
  const bodyStart = tagStart + TAG_BYTES;
  const decipher = createDecipheriv('aes-256-gcm', key.key, sealed.subarray(nonceStart, tagStart), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.concat([key.header, Buffer.from(context)]));
  decipher.setAuthTag(sealed.subarray(tagStart, bodyStart));
  const plaintext = decipher.update(sealed.subarray(bodyStart));
  try {
    decipher.final();
  } catch {
    throw new SealError('tampered', name);
  }
  return plaintext;
}

/** The name of the key that a value was sealed with, unauthenticated: for finding what to re-seal. @throws SealError */
export function sealedWith(sealed: Uint8Array): string {
  const nameBytes = sealed[1] ?? 0;
  if (sealed[0] !== VERSION || sealed.length < 2 + nameBytes + NONCE_BYTES + TAG_BYTES) {
    throw new SealError('malformed');
  }
  const name = Buffer.from(sealed.buffer, sealed.byteOffset + 2, nameBytes).toString('latin1');
  if (!KEY_NAME.test(name)) throw new SealError('malformed');
  return name;
}
