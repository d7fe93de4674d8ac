/**
 * Telnyx’s signature: Ed25519 over `timestamp|body`.
 *
 * @see https://developers.telnyx.com/docs/messaging/messages/receiving-webhooks
 */
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { ReceiptRequest } from '../../engine/ports/receipt-source.ts';

/** What Telnyx’s own libraries allow, either way. */
const TOLERANCE_SECONDS = 300;
const KEY_BYTES = 32;
/** What stands before the key in its standard encoding. @see https://www.rfc-editor.org/rfc/rfc8410#section-4 */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

export function toPublicKey(base64: string): KeyObject | undefined {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length !== KEY_BYTES) return undefined;
  return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, bytes]), format: 'der', type: 'spki' });
}

export function isSigned(key: KeyObject, { headers, rawBody }: ReceiptRequest, nowMs: number): boolean {
  const timestamp = headers['telnyx-timestamp'] ?? '';
  if (!/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(nowMs / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) return false;
  const signature = Buffer.from(headers['telnyx-signature-ed25519'] ?? '', 'base64');
  return verify(null, Buffer.concat([Buffer.from(`${timestamp}|`), rawBody]), key, signature);
}
