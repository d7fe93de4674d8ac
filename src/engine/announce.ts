import type { Event } from '../core/events.ts';
import type { NewEvent } from '../core/webhook.ts';
import type { Logger } from '../lib/logger.ts';
import type { WebhookOutbox } from './webhook-outbox.ts';

/** Tells the log, the counters and the webhook dispatcher of what has been committed. Called after the commit, never before. */
export type Announce = (events: readonly NewEvent[]) => void;

/** @param count gets every event once, for counters */
export function createAnnounce(
  logger: Logger,
  count: (event: Event) => void,
  webhooks: Pick<WebhookOutbox, 'offer'>,
): Announce {
  return (events) => {
    webhooks.offer(events);
    for (const event of events) {
      count(event);
      logger.info(
        {
          event: event.type,
          tenantId: event.tenantId,
          verificationId: event.verificationId,
          messageId: event.messageId,
          ...event.data,
        },
        'event',
      );
    }
  };
}
