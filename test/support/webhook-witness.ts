/**
 * The receiver of a tenant's webhooks that outlives every node, as the tenant's own server does: it takes most of them,
 * refuses some at first, and can say in the end what it took, in which order. It judges nothing.
 */
import { createWebhookReceiver } from './webhook-receiver.ts';

export interface TakenWebhook {
  /** Of the event. */
  readonly id: string;
  /** To the tenant's endpoint, or to the URL that a call named. */
  readonly to: 'endpoint' | 'request';
  readonly type: string;
  /** Of the verification, where it is about one. */
  readonly verificationId?: string;
  readonly body: string;
}

export interface WebhookWitness extends AsyncDisposable {
  readonly endpointUrl: string;
  readonly requestUrl: string;
  /** Answered with 2xx, in that order, repeats included. */
  readonly taken: readonly TakenWebhook[];
  /** Answered with 500. */
  readonly refused: number;
  /** From now on it takes whatever comes. */
  stopRefusing(): void;
}

const REFUSES_EVERY = 11;

export async function createWebhookWitness(): Promise<WebhookWitness> {
  const receiver = await createWebhookReceiver();
  const taken: TakenWebhook[] = [];
  let posts = 0;
  let refused = 0;
  let refuses = true;
  receiver.answer = (reply, { path, headers, body }) => {
    posts += 1;
    if (refuses && posts % REFUSES_EVERY === 0) {
      refused += 1;
      reply.writeHead(500).end();
      return;
    }
    const { type, data }: { type: string; data: { verificationId?: string } } = JSON.parse(body);
    const to = path === '/hooks' ? 'endpoint' : 'request';
    const { verificationId } = data;
    taken.push({
      id: String(headers['webhook-id']),
      to,
      type,
      body,
      ...(verificationId && { verificationId }),
    });
    reply.writeHead(204).end();
  };
  return {
    endpointUrl: receiver.url,
    requestUrl: `${receiver.url}/of-one-call`,
    taken,
    get refused() {
      return refused;
    },
    stopRefusing() {
      refuses = false;
    },
    [Symbol.asyncDispose]: () => receiver[Symbol.asyncDispose](),
  };
}
