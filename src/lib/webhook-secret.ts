/**
 * Secrets of webhooks as text: `whsec_` and base64. What is signed with them, and how, is webhooks/signature.ts.
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
import type { RandomBytes } from './random.ts';

const SECRET_PREFIX = 'whsec_';
// The specification's bounds for symmetric secrets.
const SECRET_BYTES_MIN = 24;
const SECRET_BYTES_MAX = 64;
const NEW_SECRET_BYTES = 32;

/** `whsec_` and 32 random bytes in base64. */
export function makeWebhookSecret(randomBytes: RandomBytes): string {
  return SECRET_PREFIX + Buffer.from(randomBytes(NEW_SECRET_BYTES)).toString('base64');
}

/** The key bytes of a `whsec_` secret of 24 to 64 bytes, or undefined. */
export function parseWebhookSecret(text: string): Uint8Array | undefined {
  if (!text.startsWith(SECRET_PREFIX)) return undefined;
  const encoded = text.slice(SECRET_PREFIX.length);
  const key = Buffer.from(encoded, 'base64');
  if (key.length < SECRET_BYTES_MIN || key.length > SECRET_BYTES_MAX) return undefined;
  // Node.js skips what is not base64; only a text that encodes back to itself was read whole.
  const isWhole = key.toString('base64').replaceAll('=', '') === encoded.replaceAll('=', '');
  return isWhole ? key : undefined;
}
