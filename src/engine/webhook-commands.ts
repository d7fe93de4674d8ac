/** What callers ask of webhooks, and what they are shown: part of the façade. */
import type { EventType } from '../core/events.ts';
import type { Principal } from '../core/principal.ts';
import type { DeliveryState, DisabledReason } from '../core/webhook.ts';
import type { PageOf, PageQuery } from './commands.ts';

/** Wherever an endpoint is named, `requests` names the URLs that the tenant's calls named, except to change or delete. */
export interface WebhookUseCases {
  /** The secret is in this reply and in no other. @throws EngineError `conflict` where there are as many as may be */
  createWebhookEndpoint(principal: Principal, input: EndpointInput): Promise<EndpointWithSecret>;
  getWebhookEndpoint(principal: Principal, id: string): Promise<EndpointView>;
  listWebhookEndpoints(principal: Principal): Promise<readonly EndpointView[]>;
  /** What is left out stays. @throws EngineError `conflict` where another call changed it meanwhile */
  updateWebhookEndpoint(principal: Principal, id: string, change: EndpointChange): Promise<EndpointView>;
  deleteWebhookEndpoint(principal: Principal, id: string): Promise<void>;
  /** The new secret; the one before signs beside it for a day. */
  rotateWebhookSecret(principal: Principal, id: string): Promise<{ readonly secret: string }>;
  /** Sends `endpoint.tested` now. @throws EngineError `conflict` where the endpoint is disabled or of a vendor's form */
  testWebhookEndpoint(principal: Principal, id: string): Promise<DeliveryView>;
  /** Newest first. */
  listWebhookDeliveries(
    principal: Principal,
    endpointId: string,
    filter: DeliveryListFilter,
    page: PageQuery,
  ): Promise<PageOf<DeliveryView>>;
  replayWebhooks(principal: Principal, endpointId: string, command: ReplayCommand): Promise<ReplayReply>;
}

export interface EndpointInput {
  readonly url: string;
  /** Absent: every event. */
  readonly eventTypes?: readonly EventType[];
  /** Absent: native. Else the name of a dialect that has callbacks. */
  readonly format?: string;
  readonly description?: string;
}

export interface EndpointChange {
  readonly url?: string;
  /** null: every event. */
  readonly eventTypes?: readonly EventType[] | null;
  /** null: none. */
  readonly description?: string | null;
  readonly isEnabled?: boolean;
}

export interface EndpointView {
  readonly id: string;
  readonly url: string;
  readonly eventTypes?: readonly EventType[];
  readonly format: string;
  readonly description?: string;
  readonly state: 'active' | 'disabled';
  readonly disabledReason?: DisabledReason;
  readonly failingSinceMs?: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export interface EndpointWithSecret {
  readonly endpoint: EndpointView;
  /** `whsec_…` */
  readonly secret: string;
}

export interface DeliveryListFilter {
  readonly state?: DeliveryState;
}

export interface DeliveryView {
  readonly id: string;
  readonly eventId: string;
  readonly eventType: EventType;
  readonly state: DeliveryState;
  readonly attemptCount: number;
  /** While it is pending. */
  readonly nextAttemptAtMs?: number;
  readonly lastStatus?: number;
  readonly failure?: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export type ReplayCommand =
  | { readonly kind: 'one'; readonly deliveryId: string }
  | { readonly kind: 'failed-since'; readonly sinceMs: number };

export interface ReplayReply {
  readonly replayed: number;
  /** False where there are more than one call replays: ask again. */
  readonly isComplete: boolean;
}
