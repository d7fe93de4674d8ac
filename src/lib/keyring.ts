/**
 * The keys at work: seals what is stored, hashes addresses for look-up and codes for comparison. It keeps imported
 * keys, so no call derives anything, and it stores nothing: the key table and its order belong to the store.
 */
import assert from 'node:assert/strict';
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { RandomBytes } from './random.ts';
import {
  assertNamedKey,
  createSealKey,
  type NamedKey,
  openBytes,
  SealError,
  sealBytes,
  sealedWith,
} from './seal.ts';

/** The first of each list is current; the others only open and compare. */
export interface KeyringKeys {
  readonly seal: readonly NamedKey[];
  readonly lookup: NamedKey;
  readonly code: readonly NamedKey[];
}

/** What is stored for a code: the hash and the name of its key. */
export interface CodeHash {
  readonly key: string;
  readonly hash: Uint8Array;
}

/** A seal or an open costs about 4 µs, a hash about 2 µs. */
export interface Keyring {
  /** @param context where the value lives, such as `messages.body:<id>`; a value moved elsewhere does not open. */
  seal(plaintext: string, context: string): Uint8Array;
  /** @throws SealError naming an unknown key, tampering (or a wrong context), or a malformed envelope */
  open(sealed: Uint8Array, context: string): string;
  /** The key that sealed a value; other than `currentSealKey` means that it waits to be re-sealed. @throws SealError */
  sealedWith(sealed: Uint8Array): string;
  readonly currentSealKey: string;
  readonly currentCodeKey: string;
  /** 32 bytes by which an address is found without storing it in the clear; differs for every kind and tenant. */
  lookupHash(kind: string, tenantId: string, value: string): Uint8Array;
  /** Binds a code to its verification, so that a hash copied to another row matches nothing. */
  hashCode(id: string, code: string): CodeHash;
  /** Compares in constant time. @throws SealError `unknown-key` */
  matchesCode(id: string, code: string, stored: CodeHash): boolean;
}

export function createKeyring(keys: KeyringKeys, randomBytes: RandomBytes): Keyring {
  const [currentSeal, ...olderSeals] = keys.seal.map(createSealKey);
  assert(currentSeal, 'a keyring has a seal key');
  const sealKeys = byName([currentSeal, ...olderSeals]);
  const [currentCode, ...olderCodes] = keys.code.map(createHashKey);
  assert(currentCode, 'a keyring has a code key');
  const codeKeys = byName([currentCode, ...olderCodes]);
  const lookupKey = createHashKey(keys.lookup).key;

  return {
    currentSealKey: currentSeal.name,
    currentCodeKey: currentCode.name,
    seal: (plaintext, context) => sealBytes(currentSeal, Buffer.from(plaintext), context, randomBytes),
    open: (sealed, context) => openBytes((name) => sealKeys.get(name), sealed, context).toString(),
    sealedWith,
    lookupHash: (kind, tenantId, value) => hmac(lookupKey, kind, tenantId, value),
    hashCode: (id, code) => ({ key: currentCode.name, hash: hmac(currentCode.key, id, code) }),
    matchesCode(id, code, stored) {
      const key = codeKeys.get(stored.key);
      if (!key) throw new SealError('unknown-key', stored.key);
      const expected = hmac(key.key, id, code);
      return stored.hash.length === expected.length && timingSafeEqual(stored.hash, expected);
    },
  };
}

interface HashKey {
  readonly name: string;
  readonly key: KeyObject;
}

function createHashKey(named: NamedKey): HashKey {
  assertNamedKey(named);
  return { name: named.name, key: createSecretKey(named.bytes) };
}

function byName<Key extends { readonly name: string }>(keys: readonly Key[]): ReadonlyMap<string, Key> {
  const map = new Map(keys.map((key) => [key.name, key]));
  assert.equal(map.size, keys.length, 'key names are unique within their purpose');
  return map;
}

/** HMAC-SHA256 over length-prefixed parts: no two lists of parts encode alike, wherever their borders lie. */
function hmac(key: KeyObject, ...parts: readonly string[]): Uint8Array {
  let message = '';
  for (const part of parts) message += `${part.length}:${part}`;
  return createHmac('sha256', key).update(message).digest();
}
