import type { Lease } from '../core/delivery.ts';
import { nextRetryDelayMs, WEBHOOK_SCHEDULE } from '../core/retry-schedule.ts';
import {
  type DeliveryStep,
  decideDeliveryStep,
  type WebhookAnswer,
  type WebhookDelivery,
  type WebhookEndpoint,
} from '../core/webhook.ts';
import type { Logger } from '../lib/logger.ts';
import type { EngineContext } from './context.ts';
import type { DeliveryRecord, DeliveryWrites, EndpointHealthChange } from './ports/webhook-store.ts';

export interface DeliveryContext extends Pick<EngineContext, 'store' | 'clock' | 'makeId' | 'announce'> {
  readonly logger: Logger;
  /** Uniform in [0, 1), for jitter. */
  readonly random: () => number;
}

/** Records what a receiver answered, and what it says of its endpoint. */
export async function applyAnswer(
  context: DeliveryContext,
  delivery: WebhookDelivery,
  endpoint: WebhookEndpoint,
  lease: Lease,
  answer: WebhookAnswer,
): Promise<{ readonly step: DeliveryStep; readonly record?: DeliveryRecord }> {
  const nowMs = context.clock();
  const attemptCount = delivery.attemptCount + 1;
  const wishMs = answer.kind === 'answered' ? answer.retryAfterMs : undefined;
  const step = decideDeliveryStep({
    answer,
    endpoint,
    startedAtMs: delivery.startedAtMs,
    attemptCount,
    delayMs: nextRetryDelayMs(WEBHOOK_SCHEDULE, attemptCount, context.random, wishMs),
    nowMs,
  });
  const change = healthChange(context, endpoint, step, nowMs);
  const record = await context.store.recordDelivery({
    ...baseOf(delivery, lease),
    state: step.kind === 'retry' ? 'pending' : step.kind,
    attemptCount,
    nextAttemptAtMs: step.kind === 'retry' ? nowMs + step.delayMs : undefined,
    lastStatus: answer.kind === 'answered' ? answer.status : undefined,
    failure: step.kind === 'delivered' ? undefined : step.failure,
    updatedAtMs: nowMs,
    endpoint: change,
  });
  if (record?.isEndpointDisabled && change?.disables) {
    const { reason, event } = change.disables;
    context.logger.warn(
      { endpointId: endpoint.id, tenantId: endpoint.tenantId, reason },
      'webhook endpoint disabled',
    );
    context.announce([event]);
  } else if (record && change) {
    logTurn(context.logger, endpoint, step);
  }
  return { step, record };
}

/** Where an endpoint begins to fail or is well again; what comes in between is counted, and shown by its deliveries. */
function logTurn(logger: Logger, { id: endpointId, tenantId }: WebhookEndpoint, step: DeliveryStep): void {
  if (step.kind === 'delivered') logger.info({ endpointId, tenantId }, 'webhook endpoint is well again');
  else logger.warn({ endpointId, tenantId, failure: step.failure }, 'webhook endpoint fails');
}

/** Ends a delivery that cannot be made any more, without an attempt. */
export async function failDelivery(
  { store, clock }: DeliveryContext,
  delivery: WebhookDelivery,
  lease: Lease,
  failure: string,
): Promise<DeliveryRecord | undefined> {
  return store.recordDelivery({
    ...baseOf(delivery, lease),
    state: 'failed',
    attemptCount: delivery.attemptCount,
    lastStatus: delivery.lastStatus,
    failure,
    updatedAtMs: clock(),
  });
}

function baseOf(
  { id, endpointId }: WebhookDelivery,
  lease: Lease,
): Pick<DeliveryWrites, 'deliveryId' | 'endpointId' | 'lease'> {
  return { deliveryId: id, endpointId, lease };
}

/** Nothing where the endpoint is as well or as ill as it was: then an attempt costs one row. */
function healthChange(
  { makeId }: DeliveryContext,
  { id, kind, tenantId, failingSinceMs }: WebhookEndpoint,
  step: DeliveryStep,
  nowMs: number,
): EndpointHealthChange | undefined {
  if (kind === 'request') return undefined;
  if (step.kind === 'delivered') return failingSinceMs === undefined ? undefined : { before: failingSinceMs };
  if (step.kind === 'failed' && step.disables) {
    const reason = step.disables;
    const data = { endpointId: id, reason };
    const event = { id: makeId(), tenantId, type: 'endpoint.disabled', atMs: nowMs, data } as const;
    return { before: failingSinceMs, failingSinceMs: failingSinceMs ?? nowMs, disables: { reason, event } };
  }
  return failingSinceMs === undefined ? { failingSinceMs: nowMs } : undefined;
}
