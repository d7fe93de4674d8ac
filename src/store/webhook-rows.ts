/** Rows of webhooks as both databases give them, and the domain objects they stand for. */
import type { WebhookDelivery, WebhookEndpoint } from '../core/webhook.ts';
import type { Subscription } from '../engine/ports/webhook-store.ts';

export interface EndpointRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly kind: WebhookEndpoint['kind'];
  readonly url_sealed: Uint8Array;
  readonly secrets_sealed: Uint8Array | null;
  readonly event_types: string | null;
  readonly format: string;
  readonly description: string | null;
  readonly state: WebhookEndpoint['state'];
  readonly disabled_reason: WebhookEndpoint['disabledReason'] | null;
  readonly failing_since_ms: number | null;
  readonly created_at_ms: number;
  readonly updated_at_ms: number;
  readonly version: number;
}

export function toEndpoint(row: EndpointRow): WebhookEndpoint {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    kind: row.kind,
    urlSealed: row.url_sealed,
    ...(row.secrets_sealed !== null && { secretsSealed: row.secrets_sealed }),
    ...(row.event_types !== null && { eventTypes: JSON.parse(row.event_types) }),
    format: row.format,
    ...(row.description !== null && { description: row.description }),
    state: row.state,
    ...(row.disabled_reason && { disabledReason: row.disabled_reason }),
    ...(row.failing_since_ms !== null && { failingSinceMs: row.failing_since_ms }),
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    version: row.version,
  };
}

/** The columns that `toEndpoint` reads, in the order of `EndpointRow`. */
export function fromEndpoint(endpoint: WebhookEndpoint) {
  return [
    endpoint.id,
    endpoint.tenantId,
    endpoint.kind,
    endpoint.urlSealed,
    endpoint.secretsSealed ?? null,
    endpoint.eventTypes ? JSON.stringify(endpoint.eventTypes) : null,
    endpoint.format,
    endpoint.description ?? null,
    endpoint.state,
    endpoint.disabledReason ?? null,
    endpoint.failingSinceMs ?? null,
    endpoint.createdAtMs,
    endpoint.updatedAtMs,
    endpoint.version,
  ] as const;
}

export type SubscriptionRow = Pick<EndpointRow, 'id' | 'tenant_id' | 'event_types' | 'format'>;

export function toSubscription(row: SubscriptionRow): Subscription {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    ...(row.event_types !== null && { eventTypes: JSON.parse(row.event_types) }),
    format: row.format,
  };
}

export interface DeliveryRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly endpoint_id: string;
  readonly endpoint_kind: WebhookDelivery['endpointKind'];
  readonly event_id: string;
  readonly event_type: WebhookDelivery['eventType'];
  readonly subject_id: string;
  readonly state: WebhookDelivery['state'];
  readonly attempt_count: number;
  readonly next_attempt_at_ms: number | null;
  readonly lease_node: string | null;
  readonly lease_number: number;
  readonly lease_until_ms: number | null;
  readonly last_status: number | null;
  readonly failure: string | null;
  readonly created_at_ms: number;
  readonly started_at_ms: number;
  readonly updated_at_ms: number;
}

export function toDelivery(row: DeliveryRow): WebhookDelivery {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    endpointId: row.endpoint_id,
    endpointKind: row.endpoint_kind,
    eventId: row.event_id,
    eventType: row.event_type,
    subjectId: row.subject_id,
    state: row.state,
    attemptCount: row.attempt_count,
    ...(row.next_attempt_at_ms !== null && { nextAttemptAtMs: row.next_attempt_at_ms }),
    ...(row.lease_node !== null && {
      lease: { node: row.lease_node, number: row.lease_number, untilMs: row.lease_until_ms ?? 0 },
    }),
    ...(row.last_status !== null && { lastStatus: row.last_status }),
    ...(row.failure !== null && { failure: row.failure }),
    createdAtMs: row.created_at_ms,
    startedAtMs: row.started_at_ms,
    updatedAtMs: row.updated_at_ms,
  };
}

/** The columns that `toDelivery` reads, in the order of `DeliveryRow`. */
export function fromDelivery(delivery: WebhookDelivery) {
  return [
    delivery.id,
    delivery.tenantId,
    delivery.endpointId,
    delivery.endpointKind,
    delivery.eventId,
    delivery.eventType,
    delivery.subjectId,
    delivery.state,
    delivery.attemptCount,
    delivery.nextAttemptAtMs ?? null,
    delivery.lease?.node ?? null,
    delivery.lease?.number ?? 0,
    delivery.lease?.untilMs ?? null,
    delivery.lastStatus ?? null,
    delivery.failure ?? null,
    delivery.createdAtMs,
    delivery.startedAtMs,
    delivery.updatedAtMs,
  ] as const;
}
