/** What became of a tenant's webhooks, and sending them once more. */
import type { Principal } from '../core/principal.ts';
import type { WebhookDelivery } from '../core/webhook.ts';
import type { PageOf, PageQuery } from './commands.ts';
import type { EngineContext } from './context.ts';
import { readPage, toPage } from './paging.ts';
import type { DeliveryTarget } from './ports/webhook-store.ts';
import { idOrNone, notFound } from './read-verifications.ts';
import { REQUESTS_TARGET } from './request-webhook.ts';
import type { DeliveryListFilter, DeliveryView, ReplayCommand, ReplayReply } from './webhook-commands.ts';

/** One call replays so many: it holds the store for moments only, and a receiver is not drowned by a slip of the hand. */
const REPLAY_MAX = 10_000;
const REPLAY_STEP = 500;

export async function listDeliveries(
  context: EngineContext,
  principal: Principal,
  endpointId: string,
  { state }: DeliveryListFilter,
  query: PageQuery,
): Promise<PageOf<DeliveryView>> {
  const target = await readTarget(context, principal, endpointId);
  const rows = await context.store.listDeliveries(principal.tenant.id, { target, state }, readPage(query));
  return toPage(rows, query, toDeliveryView);
}

/** Replayed deliveries are what they were: the same event and webhook-id, rendered anew. */
export async function replay(
  context: EngineContext,
  principal: Principal,
  endpointId: string,
  command: ReplayCommand,
): Promise<ReplayReply> {
  const { store, clock } = context;
  const tenantId = principal.tenant.id;
  const target = await readTarget(context, principal, endpointId);
  if (command.kind === 'one') {
    const found = await store.findDelivery(tenantId, idOrNone(command.deliveryId));
    if (!found || !isOf(found, target)) throw notFound();
    const one = { kind: 'one', deliveryId: found.id } as const;
    return { replayed: await store.replayDeliveries(tenantId, one, clock(), 1), isComplete: true };
  }
  const failed = { kind: 'failed-since', target, sinceMs: command.sinceMs } as const;
  let replayed = 0;
  while (replayed < REPLAY_MAX) {
    const done = await store.replayDeliveries(tenantId, failed, clock(), REPLAY_STEP);
    replayed += done;
    if (done < REPLAY_STEP) return { replayed, isComplete: true };
  }
  return { replayed, isComplete: false };
}

async function readTarget(
  { store }: EngineContext,
  principal: Principal,
  endpointId: string,
): Promise<DeliveryTarget> {
  if (endpointId === REQUESTS_TARGET) return REQUESTS_TARGET;
  const endpoint = await store.findEndpoint(principal.tenant.id, idOrNone(endpointId));
  if (endpoint?.kind !== 'registered') throw notFound();
  return { endpointId: endpoint.id };
}

function isOf(delivery: WebhookDelivery, target: DeliveryTarget): boolean {
  return target === REQUESTS_TARGET
    ? delivery.endpointKind === 'request'
    : delivery.endpointId === target.endpointId;
}

export function toDeliveryView(delivery: WebhookDelivery): DeliveryView {
  const { id, eventId, eventType, state, attemptCount, nextAttemptAtMs, lastStatus, failure } = delivery;
  return {
    id,
    eventId,
    eventType,
    state,
    attemptCount,
    nextAttemptAtMs: state === 'pending' ? nextAttemptAtMs : undefined,
    lastStatus,
    failure,
    createdAtMs: delivery.createdAtMs,
    updatedAtMs: delivery.updatedAtMs,
  };
}
