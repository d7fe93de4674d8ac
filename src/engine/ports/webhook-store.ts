/** What webhooks need of a store; part of `Store`, and held by the same contract suite. */
import type { Lease, Message } from '../../core/delivery.ts';
import type { Event } from '../../core/events.ts';
import type { Verification } from '../../core/verification.ts';
import type {
  DeliveryState,
  DisabledReason,
  NewEvent,
  WebhookDelivery,
  WebhookEndpoint,
} from '../../core/webhook.ts';
import type { Page } from './page.ts';

export interface WebhookStore extends EndpointStore, DeliveryStore, WebhookOutboxStore {}

export interface EndpointStore {
  /** Rejects with `EngineError('conflict')` where the tenant has `limit` registered ones already. */
  createEndpoint(endpoint: WebhookEndpoint, limit: number): Promise<void>;
  /** Of either kind. */
  findEndpoint(tenantId: string, id: string): Promise<WebhookEndpoint | undefined>;
  /** Registered ones only, here and below; oldest first. */
  listEndpoints(tenantId: string): Promise<readonly WebhookEndpoint[]>;
  /** Conditional on the version before; false where it was changed or deleted meanwhile. */
  saveEndpoint(endpoint: WebhookEndpoint, beforeVersion: number): Promise<boolean>;
  /** Its deliveries go with retention; pending ones fail. False where there is none. */
  deleteEndpoint(tenantId: string, id: string): Promise<boolean>;
  /**
   * What every active registered endpoint of all tenants wants, or undefined where nothing has changed since the
   * generation that the caller knows. A generation grows with every change of an endpoint.
   */
  loadSubscriptions(knownGeneration: number | undefined): Promise<Subscriptions | undefined>;
  /** The tenant's sealed secrets for URLs that calls name. */
  findRequestSecrets(tenantId: string): Promise<Uint8Array | undefined>;
  /** Conditional on what was there before; false where it has changed meanwhile. */
  saveRequestSecrets(
    tenantId: string,
    sealed: Uint8Array,
    before: Uint8Array | undefined,
    nowMs: number,
  ): Promise<boolean>;
}

export interface Subscriptions {
  readonly generation: number;
  readonly subscriptions: readonly Subscription[];
}

export type Subscription = Pick<WebhookEndpoint, 'id' | 'tenantId' | 'eventTypes' | 'format'>;

export interface DeliveryStore {
  findDelivery(tenantId: string, id: string): Promise<WebhookDelivery | undefined>;
  listDeliveries(tenantId: string, filter: DeliveryFilter, page: Page): Promise<readonly WebhookDelivery[]>;
  /** Makes finished deliveries pending again, oldest first, with all their attempts before them. @returns how many */
  replayDeliveries(tenantId: string, replay: Replay, nowMs: number, limit: number): Promise<number>;
}

export interface DeliveryFilter {
  readonly target: DeliveryTarget;
  readonly state?: DeliveryState;
}

/** One registered endpoint, or all the URLs that calls of the tenant named. */
export type DeliveryTarget = { readonly endpointId: string } | 'requests';

export type Replay =
  | { readonly kind: 'one'; readonly deliveryId: string }
  | { readonly kind: 'failed-since'; readonly target: DeliveryTarget; readonly sinceMs: number };

export interface WebhookOutboxStore {
  /**
   * Takes due deliveries with no live lease, each with a fresh lease whose number has grown: at most `limitPerEndpoint`
   * of each endpoint, so that one with a backlog starves no other. In the order in which they were written.
   */
  claimDeliveries(claim: DeliveryClaim): Promise<readonly WebhookDelivery[]>;
  /** Gives deliveries back. Fenced. */
  releaseDeliveries(leases: readonly DeliveryLease[]): Promise<void>;
  /** Everything that an attempt needs, read at once; undefined where the lease is lost. */
  loadDelivery(lease: DeliveryLease): Promise<DeliveryWork | undefined>;
  /** Ends the lease and waits until `untilMs`, or not at all where no earlier one is pending by now. Fenced. */
  postponeDelivery(lease: DeliveryLease, untilMs: number, nowMs: number): Promise<void>;
  /** Ends the lease. Undefined: another worker has it, nothing was written. */
  recordDelivery(writes: DeliveryWrites): Promise<DeliveryRecord | undefined>;
  /** Deliveries still pending, for the depth gauge; may be approximate. */
  countPendingDeliveries(): Promise<number>;
}

export interface DeliveryClaim {
  readonly node: string;
  readonly nowMs: number;
  readonly leaseUntilMs: number;
  readonly limit: number;
  readonly limitPerEndpoint: number;
  /** Fewer than `limitPerEndpoint`, or none, of these endpoints. */
  readonly roomByEndpoint: Readonly<Record<string, number>>;
}

export interface DeliveryLease {
  readonly deliveryId: string;
  readonly lease: Lease;
}

export interface DeliveryWork {
  readonly delivery: WebhookDelivery;
  /** Absent: deleted. */
  readonly endpoint?: WebhookEndpoint;
  /** Absent: deleted by retention, as are the next two. */
  readonly event?: Event;
  readonly verification?: Verification;
  readonly message?: Message;
  /** For an endpoint of the kind `request`. */
  readonly requestSecretsSealed?: Uint8Array;
  /** When the oldest pending delivery before this one, of the same endpoint and subject, may next be attempted. */
  readonly earlierDueAtMs?: number;
}

export interface DeliveryWrites extends DeliveryLease {
  readonly endpointId: string;
  readonly state: DeliveryState;
  readonly attemptCount: number;
  readonly nextAttemptAtMs?: number;
  readonly lastStatus?: number;
  readonly failure?: string;
  readonly updatedAtMs: number;
  /** Present only where it changes what is known of the endpoint. */
  readonly endpoint?: EndpointHealthChange;
}

export interface DeliveryRecord {
  /** The next one of this endpoint and subject waited for this one, and is due now. */
  readonly isNextDue: boolean;
  readonly isEndpointDisabled: boolean;
}

/** Conditional on `failingSinceMs` still being `before`: a success that came meanwhile keeps an endpoint in service. */
export interface EndpointHealthChange {
  readonly before?: number;
  readonly failingSinceMs?: number;
  readonly disables?: { readonly reason: DisabledReason; readonly event: NewEvent };
}
