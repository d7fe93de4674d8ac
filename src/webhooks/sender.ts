/**
 * Renders an event in the form of its endpoint, signs the exact bytes and posts them through safe-fetch, which checks
 * at each connection where it leads. It retries nothing: what an answer means is the dispatcher's.
 */
import assert from 'node:assert/strict';
import { type CallbackBody, type CallbackFormat, NATIVE_FORMAT } from '../core/callback.ts';
import type { WebhookAnswer } from '../core/webhook.ts';
import type { WebhookPost, WebhookSender } from '../engine/ports/webhook-sender.ts';
import { OutboundError } from '../lib/outbound-error.ts';
import { parseRetryAfter } from '../lib/retry-after.ts';
import type { SafeFetch } from '../lib/safe-fetch.ts';
import type { Clock } from '../lib/time.ts';
import { parseWebhookSecret } from '../lib/webhook-secret.ts';
import { renderNativePayload } from './native-payload.ts';
import { signStandardWebhook, toTimestampedSignature } from './signature.ts';

export interface WebhookSenderDeps {
  readonly safeFetch: SafeFetch;
  readonly clock: Clock;
  /** The dialects' own forms, by name. */
  readonly formats: ReadonlyMap<string, CallbackFormat>;
}

export function createWebhookSender({ safeFetch, clock, formats }: WebhookSenderDeps): WebhookSender {
  return {
    async send(post, signal): Promise<WebhookAnswer> {
      const format = formats.get(post.format);
      // An endpoint of a dialect that was switched off: kept, and retried until it is back or its time is over.
      if (!format && post.format !== NATIVE_FORMAT) return { kind: 'failed', reason: 'no-such-format' };
      const rendered = format ? format.render(post) : renderNativePayload(post);
      try {
        const reply = await safeFetch({
          method: 'POST',
          url: post.url,
          headers: headersFor(post, rendered, format, clock()),
          body: rendered.body,
          timeoutMs: post.timeoutMs,
          signal,
        });
        const retryAfterMs = parseRetryAfter(reply.headers['retry-after'], clock());
        return {
          kind: 'answered',
          status: reply.status,
          ...(retryAfterMs !== undefined && { retryAfterMs }),
        };
      } catch (error) {
        if (error instanceof OutboundError) return { kind: 'failed', reason: error.reason };
        throw error;
      }
    },
  };
}

function headersFor(
  { event, secrets }: WebhookPost,
  { contentType, body }: CallbackBody,
  format: CallbackFormat | undefined,
  nowMs: number,
): Record<string, string> {
  const seconds = Math.floor(nowMs / 1000);
  const [newest] = secrets;
  assert(newest, 'a webhook is signed');
  return {
    'content-type': contentType,
    ...signStandardWebhook(event.id, seconds, body, secrets.map(keyOf)),
    // A receiver of this form reads one signature, so while a secret is rotated the newest has it.
    ...(format?.signature && { [format.signature.header]: toTimestampedSignature(newest, seconds, body) }),
  };
}

function keyOf(secret: string): Uint8Array {
  const key = parseWebhookSecret(secret);
  assert(key, 'a stored secret is one that we made');
  return key;
}
