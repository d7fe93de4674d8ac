import type { CallbackInput } from '../../core/callback.ts';
import type { WebhookAnswer } from '../../core/webhook.ts';

/** Renders, signs and posts one webhook. Implementation: webhooks/. */
export interface WebhookSender {
  /** Rejects for a bug only: whatever goes wrong on the way is an answer. */
  send(post: WebhookPost, signal: AbortSignal): Promise<WebhookAnswer>;
}

export interface WebhookPost extends CallbackInput {
  readonly url: string;
  readonly format: string;
  /** `whsec_…`, newest first; at least one. */
  readonly secrets: readonly string[];
  readonly timeoutMs: number;
}
