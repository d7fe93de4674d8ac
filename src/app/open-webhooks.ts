/** The parts that make webhooks of events, and post them. What one process does not post is left to any that polls. */
import { DIALECTS } from '../dialects/registry.ts';
import { createAnnounce } from '../engine/announce.ts';
import {
  createWebhookDispatcher,
  type WebhookDispatcher,
  type WebhookDispatcherContext,
} from '../engine/dispatch-webhooks.ts';
import { createFanOut, type FanOutDeps, type WebhookFanOut } from '../engine/webhook-fan-out.ts';
import type { WebhookOutbox } from '../engine/webhook-outbox.ts';
import type { Metrics } from '../lib/metrics.ts';
import type { SafeFetch } from '../lib/safe-fetch.ts';
import { createWebhookSender } from '../webhooks/sender.ts';
import { countEvent } from './count-event.ts';

export interface OpenWebhooks {
  readonly fanOut: WebhookFanOut;
  readonly outbox: WebhookOutbox;
  readonly dispatcher: WebhookDispatcher;
}

export type WebhookTools = Omit<FanOutDeps, 'outbox' | 'formats'> &
  Omit<WebhookDispatcherContext, 'announce' | 'sender' | 'formats' | 'observe'> & {
    readonly safeFetch: SafeFetch;
    readonly metrics: Metrics;
    /** Whether what this process writes is posted by it at once, or left to any that polls. */
    readonly takesNew: boolean;
  };

/** Deliveries are written without a lease; whoever polls takes them. */
const LEFT_TO_OTHERS: WebhookOutbox = { leaseForNew: () => undefined, offer: () => undefined };

export async function openWebhooks(tools: WebhookTools): Promise<OpenWebhooks> {
  const { metrics, logger, takesNew } = tools;
  const formats = new Map(
    DIALECTS.flatMap(({ callbacks }) => (callbacks ? [[callbacks.name, callbacks]] : [])),
  );
  const dispatcher = createWebhookDispatcher({
    ...tools,
    formats,
    sender: createWebhookSender({ ...tools, formats }),
    // What the dispatcher itself has to tell goes to no endpoint.
    announce: createAnnounce(logger, (event) => countEvent(metrics, event), LEFT_TO_OTHERS),
    observe: { posted: (outcome) => metrics.count('otpost_webhooks_total', { outcome }) },
  });
  const outbox = takesNew ? dispatcher : LEFT_TO_OTHERS;
  const fanOut = createFanOut({ ...tools, outbox, formats });
  await fanOut.refresh();
  return { fanOut, outbox, dispatcher };
}
