/**
 * What must hold of webhooks after any fault: every event was written with its delivery, every delivery came to its end at
 * a receiver that took it, each under one id, and those of one verification in their order.
 */
import type { Event } from '../../src/core/events.ts';
import type { WebhookDelivery } from '../../src/core/webhook.ts';
import type { TakenWebhook } from './webhook-witness.ts';

export interface AuditedWebhooks {
  readonly events: readonly Event[];
  readonly deliveries: readonly WebhookDelivery[];
  readonly taken: readonly TakenWebhook[];
}

/** Told to nobody. */
const UNTOLD = 'endpoint.disabled';
/** What comes before what, whatever the clocks of the nodes say. */
const FIRST = 'verification.created';
const CHECKS = 'verification.check_failed';
const SETTLED = [
  'verification.approved',
  'verification.locked',
  'verification.canceled',
  'verification.expired',
];

export function findWebhookFaults(found: AuditedWebhooks): readonly string[] {
  return [...findUnwritten(found), ...findUnsent(found), ...findForged(found), ...findDisorder(found)];
}

/** To the tenant's endpoint, which wants everything. */
function* findUnwritten({ events, deliveries }: AuditedWebhooks): Generator<string> {
  const written = new Map<string, number>();
  for (const { eventId, endpointKind } of deliveries) {
    if (endpointKind === 'registered') written.set(eventId, (written.get(eventId) ?? 0) + 1);
  }
  for (const { id, type } of events) {
    const count = written.get(id) ?? 0;
    if (type !== UNTOLD && count !== 1) yield `event ${id} (${type}) has ${count} deliveries`;
  }
}

function* findUnsent({ deliveries, taken }: AuditedWebhooks): Generator<string> {
  const known = new Set(taken.map(({ to, id }) => `${to} ${id}`));
  for (const { id, state, eventId, endpointKind, nextAttemptAtMs, lease } of deliveries) {
    if (state === 'delivered') {
      const to = endpointKind === 'registered' ? 'endpoint' : 'request';
      if (!known.has(`${to} ${eventId}`)) yield `delivery ${id} is said to be delivered and was not taken`;
    } else {
      const isScheduled = nextAttemptAtMs !== undefined || lease !== undefined;
      yield `delivery ${id} is still ${state}${isScheduled ? '' : ', and nobody will try it'}`;
    }
  }
}

function* findForged({ events, taken }: AuditedWebhooks): Generator<string> {
  const byId = new Map(events.map((event) => [event.id, event]));
  const bodies = new Map<string, string>();
  for (const { id, type, body } of taken) {
    if (byId.get(id)?.type !== type) yield `a webhook ${id} tells of ${type}, which did not happen`;
    if ((bodies.get(id) ?? body) !== body) yield `webhook ${id} came with two bodies`;
    bodies.set(id, body);
  }
}

/** By what was taken first: a repeat may come at any time. */
function* findDisorder({ taken }: AuditedWebhooks): Generator<string> {
  const seen = new Set<string>();
  const begun = new Set<string>();
  const settled = new Set<string>();
  for (const { id, to, type, verificationId } of taken) {
    if (to !== 'endpoint' || verificationId === undefined || seen.has(id)) continue;
    seen.add(id);
    if (type === FIRST) begun.add(verificationId);
    else if (!begun.has(verificationId)) yield `${type} of ${verificationId} came before its beginning`;
    if (type === CHECKS && settled.has(verificationId))
      yield `a check of ${verificationId} came after its end`;
    if (SETTLED.includes(type)) settled.add(verificationId);
  }
}
