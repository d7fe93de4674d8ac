/**
 * Signatures of webhooks: Standard Webhooks for everybody, and the timestamped hex form that some callbacks carry. It
 * signs the exact body that is sent; whoever serialises again before sending breaks the signature.
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';

export type StandardWebhookHeaders = Readonly<
  Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>
>;

/**
 * @param id the same for every attempt of one webhook, so that a receiver can drop repeats
 * @param timestampSeconds of this attempt
 * @param secrets one, or two while a secret is being rotated: either one verifies
 */
export function signStandardWebhook(
  id: string,
  timestampSeconds: number,
  body: string,
  secrets: readonly Uint8Array[],
): StandardWebhookHeaders {
  assert(secrets.length > 0, 'a webhook is signed');
  assert(!id.includes('.'), 'the parts of what is signed are separated by full stops');
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': secrets
      .map((secret) => `v1,${digest(secret, id, String(timestampSeconds), body).toString('base64')}`)
      .join(' '),
  };
}

/**
 * `t=<unix seconds>,v1=<hex>`, where the hex is HMAC-SHA256 over `<t>.<body>`: the value of a callback header. The
 * secret is the text itself, not decoded.
 */
export function toTimestampedSignature(secret: string, timestampSeconds: number, body: string): string {
  const mac = createHmac('sha256', secret).update(`${timestampSeconds}.${body}`).digest('hex');
  return `t=${timestampSeconds},v1=${mac}`;
}

function digest(secret: Uint8Array, id: string, timestamp: string, body: string): Buffer {
  return createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest();
}
