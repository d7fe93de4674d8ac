/**
 * The secrets of API keys: `otpost_live_…` and `otpost_test_…`, 160 random bits and a CRC-32, so that a mistyped or
 * cut-off one is told from a wrong one without a look-up and leaked ones can be found by a scanner.
 */
import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { RandomBytes } from './random.ts';

const SECRET = /^otpost_(?:live|test)_[0-9a-f]{40}[0-9a-f]{8}$/;
const RANDOM_BYTES = 20;
const CHECKSUM_CHARS = 8;

export function makeKeySecret(mode: 'live' | 'test', randomBytes: RandomBytes): string {
  const body = `otpost_${mode}_${Buffer.from(randomBytes(RANDOM_BYTES)).toString('hex')}`;
  return body + checksum(body);
}

export function isSecretWellFormed(text: string): boolean {
  if (!SECRET.test(text)) return false;
  return text.slice(-CHECKSUM_CHARS) === checksum(text.slice(0, -CHECKSUM_CHARS));
}

/** SHA-256: what is stored in place of the secret. It needs no salt or stretching, having 160 random bits. */
export function hashKeySecret(secret: string): Uint8Array {
  return hash('sha256', secret, 'buffer');
}

function checksum(body: string): string {
  return crc32(body).toString(16).padStart(CHECKSUM_CHARS, '0');
}
