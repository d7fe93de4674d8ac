/** The parts that make webhooks of events. What is written here is posted by whichever node dispatches webhooks. */
import { createFanOut, type FanOutDeps, type WebhookFanOut } from '../engine/webhook-fan-out.ts';
import type { WebhookOutbox } from '../engine/webhook-outbox.ts';

export interface OpenWebhooks {
  readonly fanOut: WebhookFanOut;
  readonly outbox: WebhookOutbox;
}

/** Deliveries are written without a lease; whoever polls takes them. */
const LEFT_TO_OTHERS: WebhookOutbox = { leaseForNew: () => undefined, offer: () => undefined };

export async function openWebhooks(deps: Omit<FanOutDeps, 'outbox' | 'formats'>): Promise<OpenWebhooks> {
  const outbox = LEFT_TO_OTHERS;
  const fanOut = createFanOut({ ...deps, outbox, formats: new Map() });
  await fanOut.refresh();
  return { fanOut, outbox };
}
