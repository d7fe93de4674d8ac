import type { Event } from '../core/events.ts';
import type { Logger } from '../lib/logger.ts';

/** Tells the log and the counters of what has been committed. Called after the commit, never before. */
export type Announce = (events: readonly Event[]) => void;

/** @param count gets every event once, for counters */
export function createAnnounce(logger: Logger, count: (event: Event) => void): Announce {
  return (events) => {
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
