import type { WebhookAnswer } from '../../src/core/webhook.ts';
import type { WebhookPost, WebhookSender } from '../../src/engine/ports/webhook-sender.ts';

/** A sender that keeps what it is given and answers as told; every receiver is content unless told otherwise. */
export interface ScriptedSender extends WebhookSender {
  readonly posts: WebhookPost[];
  /** How it answers from now on. */
  answer: (post: WebhookPost, signal: AbortSignal) => WebhookAnswer | Promise<WebhookAnswer>;
}

export function createScriptedSender(): ScriptedSender {
  const sender: ScriptedSender = {
    posts: [],
    answer: () => ({ kind: 'answered', status: 204 }),
    async send(post, signal) {
      sender.posts.push(post);
      return sender.answer(post, signal);
    },
  };
  return sender;
}
