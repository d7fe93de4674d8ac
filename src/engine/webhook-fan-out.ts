/**
 * Which endpoints hear of an event, decided without waiting: what all tenants want is held in memory and looked at anew
 * every second, so an event of a tenant without endpoints costs one look into a map. An endpoint made on another node
 * hears of events from a second later on.
 */
import { type CallbackFormat, NATIVE_FORMAT, type RequestWebhook } from '../core/callback.ts';
import type { Event } from '../core/events.ts';
import type { KeyMode } from '../core/principal.ts';
import { type WebhookDelivery, type WebhookEndpoint, wantsEvent } from '../core/webhook.ts';
import type { Logger } from '../lib/logger.ts';
import { type Clock, sleep, type Timers } from '../lib/time.ts';
import type { MakeUuid } from '../lib/uuid.ts';
import type { Subscription, WebhookStore } from './ports/webhook-store.ts';
import type { WebhookOutbox } from './webhook-outbox.ts';

export interface WebhookFanOut {
  /** The deliveries to write beside an event, leased to this node where it has room. */
  deliveriesFor(event: Event, subject: EventSubject): readonly WebhookDelivery[];
  /** One delivery to one endpoint, whatever it subscribes to. */
  deliver(event: Event, to: DeliveryAddress, subjectId: string): WebhookDelivery;
  /** The callbacks of the dialect of this name, where it has any. */
  formatOf(name: string): CallbackFormat | undefined;
  /** Loads what has changed. To be awaited before the first event; then it is called every second by `start`. */
  refresh(): Promise<void>;
  start(): void;
  stop(): Promise<void>;
}

export type DeliveryAddress = Pick<WebhookEndpoint, 'id' | 'kind'>;

/** What an event is about, as far as it decides who hears of it. */
export interface EventSubject {
  readonly tenantId: string;
  /** Of the keys that began it. */
  readonly mode?: KeyMode;
  readonly verificationId?: string;
  readonly messageId?: string;
  readonly dialect?: string;
  /** The URL that the call named. */
  readonly webhook?: RequestWebhook;
}

export interface FanOutDeps {
  readonly store: Pick<WebhookStore, 'loadSubscriptions'>;
  readonly outbox: WebhookOutbox;
  /** The dialects' own forms, by name. */
  readonly formats: ReadonlyMap<string, CallbackFormat>;
  readonly makeId: MakeUuid;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
}

const REFRESH_MS = 1_000;
const NONE: readonly WebhookDelivery[] = [];

export function createFanOut(deps: FanOutDeps): WebhookFanOut {
  const { store, outbox, formats, makeId, clock } = deps;
  const stopping = new AbortController();
  let byTenant: ReadonlyMap<string, readonly Subscription[]> = new Map();
  let generation: number | undefined;
  let polling: Promise<void> = Promise.resolve();

  async function refresh(): Promise<void> {
    const loaded = await store.loadSubscriptions(generation);
    // Two refreshes may end in another order than they began.
    if (!loaded || loaded.generation < (generation ?? 0)) return;
    byTenant = Map.groupBy(loaded.subscriptions, ({ tenantId }) => tenantId);
    generation = loaded.generation;
  }

  async function poll(): Promise<void> {
    while (!stopping.signal.aborted) {
      await refresh().catch((error: unknown) => deps.logger.error({ error }, 'loading subscriptions failed'));
      await sleep(deps.timers, REFRESH_MS, stopping.signal);
    }
  }

  function deliver(event: Event, { id, kind }: DeliveryAddress, subjectId: string): WebhookDelivery {
    const nowMs = clock();
    return {
      id: makeId(),
      tenantId: event.tenantId,
      endpointId: id,
      endpointKind: kind,
      eventId: event.id,
      eventType: event.type,
      subjectId,
      state: 'pending',
      attemptCount: 0,
      nextAttemptAtMs: nowMs,
      lease: outbox.leaseForNew(id, nowMs),
      createdAtMs: nowMs,
      startedAtMs: nowMs,
      updatedAtMs: nowMs,
    };
  }

  /** A dialect's form has words for some events only, and for nothing that came by another way. */
  const canSay = (format: string, event: Event, dialect: string | undefined): boolean =>
    format === NATIVE_FORMAT ||
    (format === dialect && (formats.get(format)?.events.includes(event.type) ?? false));

  return {
    deliveriesFor(event, { tenantId, verificationId, messageId, dialect, webhook }) {
      const subscriptions = byTenant.get(tenantId);
      if (!subscriptions && !webhook) return NONE;
      const subjectId = verificationId ?? messageId ?? String(event.data.deviceId ?? event.id);
      const made = (subscriptions ?? [])
        .filter(
          ({ eventTypes, format }) => wantsEvent(eventTypes, event.type) && canSay(format, event, dialect),
        )
        .map(({ id }) => deliver(event, { id, kind: 'registered' }, subjectId));
      if (webhook && canSay(webhook.format, event, dialect)) {
        made.push(deliver(event, { id: webhook.endpointId, kind: 'request' }, subjectId));
      }
      return made;
    },
    deliver,
    formatOf: (name) => formats.get(name),
    refresh,
    start: () => {
      polling = poll();
    },
    async stop() {
      stopping.abort();
      await polling;
    },
  };
}
