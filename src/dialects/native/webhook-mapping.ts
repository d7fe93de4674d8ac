/** Between the native wire and the engine's words for webhooks: pure, in both directions. */
import { EngineError } from '../../core/errors.ts';
import type { DeliveryView, EndpointChange, EndpointView, ReplayCommand } from '../../engine/engine.ts';
import { fromIso, toIso } from '../../lib/time.ts';
import type { EndpointPatch, ReplayBody } from './webhook-schema.ts';

export function toEndpointChange({ status, ...rest }: EndpointPatch): EndpointChange {
  return { ...rest, ...(status !== undefined && { isEnabled: status === 'active' }) };
}

/** @throws EngineError `invalid_request` for an instant of the right form that no calendar has */
export function toReplayCommand(body: ReplayBody): ReplayCommand {
  if ('deliveryId' in body) return { kind: 'one', deliveryId: body.deliveryId };
  const sinceMs = fromIso(body.failedSince);
  if (sinceMs !== undefined) return { kind: 'failed-since', sinceMs };
  throw new EngineError('invalid_request', 'This is not an RFC 3339 instant.', { field: 'failedSince' });
}

export function fromEndpoint(view: EndpointView) {
  const { id, url, eventTypes, format, description, state, disabledReason, failingSinceMs } = view;
  return {
    id,
    url,
    eventTypes: eventTypes && [...eventTypes],
    format,
    description,
    status: state,
    disabledReason,
    failingSince: failingSinceMs === undefined ? undefined : toIso(failingSinceMs),
    createdAt: toIso(view.createdAtMs),
    updatedAt: toIso(view.updatedAtMs),
  };
}

export function fromDelivery(view: DeliveryView) {
  const { id, eventId, eventType, state, attemptCount, nextAttemptAtMs, lastStatus, failure } = view;
  return {
    id,
    eventId,
    eventType,
    status: state,
    attempts: attemptCount,
    nextAttemptAt: nextAttemptAtMs === undefined ? undefined : toIso(nextAttemptAtMs),
    lastStatus,
    failure,
    createdAt: toIso(view.createdAtMs),
    updatedAt: toIso(view.updatedAtMs),
  };
}
