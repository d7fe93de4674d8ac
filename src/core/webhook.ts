import type { Lease } from './delivery.ts';
import type { Event, EventType } from './events.ts';
import type { KeyMode } from './principal.ts';

/**
 * Where events go and how far each one got, with the decisions on both. Rendering, signing and posting are in
 * webhooks/; leases and writes are the dispatcher's.
 *
 * ```
 *   pending ──2xx──▶ delivered
 *     │  └── anything else: pending again, later, until the schedule or the age ends ──▶ failed
 *     └── 410, or its endpoint is gone or disabled ──▶ failed       (replay: ──▶ pending)
 * ```
 */
export interface WebhookEndpoint {
  readonly id: string;
  readonly tenantId: string;
  /**
   * `registered`: made by the tenant, with secrets of its own. `request`: a URL that single calls named, one row for
   * each URL and format, signed with the tenant's secret for these.
   */
  readonly kind: 'registered' | 'request';
  /** Sealed, because people put credentials into URLs. */
  readonly urlSealed: Uint8Array;
  /** `WebhookSecret[]` as JSON, sealed; absent for `request`. */
  readonly secretsSealed?: Uint8Array;
  /** Absent: every type. */
  readonly eventTypes?: readonly EventType[];
  /** `native`, or the name of a dialect that has callbacks. */
  readonly format: string;
  readonly description?: string;
  readonly state: 'active' | 'disabled';
  readonly disabledReason?: DisabledReason;
  /** The first failure since the last success. */
  readonly failingSinceMs?: number;
  readonly createdAtMs: number;
  /** For `request`: when it was last named, which is what retention goes by. */
  readonly updatedAtMs: number;
  /** Grows with each change by the tenant; a change names the one that it was made on. */
  readonly version: number;
}

/** `gone`: answered 410. `failing`: nothing but failures for days. */
export type DisabledReason = 'by-tenant' | 'gone' | 'failing';

/** Newest first. While a secret is rotated, the older one signs as well until it ends. */
export interface WebhookSecret {
  /** `whsec_…` */
  readonly secret: string;
  readonly untilMs?: number;
}

export type DeliveryState = 'pending' | 'delivered' | 'failed';
export const DELIVERY_STATES: readonly DeliveryState[] = ['pending', 'delivered', 'failed'];

/** One event on its way to one endpoint. */
export interface WebhookDelivery {
  readonly id: string;
  readonly tenantId: string;
  readonly endpointId: string;
  readonly endpointKind: WebhookEndpoint['kind'];
  readonly eventId: string;
  readonly eventType: EventType;
  /** The verification, the message that has none, or the device: deliveries of one endpoint and subject keep their order. */
  readonly subjectId: string;
  readonly state: DeliveryState;
  readonly attemptCount: number;
  readonly nextAttemptAtMs?: number;
  readonly lease?: Lease;
  /** The HTTP status of the last answer. */
  readonly lastStatus?: number;
  /** Why the last attempt failed, in one stable word. */
  readonly failure?: string;
  readonly createdAtMs: number;
  /** When its schedule began: when it was made, or replayed. */
  readonly startedAtMs: number;
  readonly updatedAtMs: number;
}

/** An event about to be written, with the deliveries that are written beside it. */
export interface NewEvent extends Event {
  readonly deliveries?: readonly WebhookDelivery[];
  /** Of the keys that began what it tells of, where there were any. It is not written. */
  readonly mode?: KeyMode;
}

export function wantsEvent(eventTypes: readonly EventType[] | undefined, type: EventType): boolean {
  return eventTypes === undefined || eventTypes.includes(type);
}

/** The secrets that sign now: the newest, and older ones whose overlap has not ended. */
export function secretsAt(secrets: readonly WebhookSecret[], nowMs: number): readonly WebhookSecret[] {
  return secrets.filter(({ untilMs }) => untilMs === undefined || nowMs < untilMs);
}

/** Receivers have a day to change over, which is what a deploy on a working day needs. */
export const SECRET_OVERLAP_MS = 24 * 3_600_000;
/** Three signatures in a header are enough for two rotations in a hurry. */
const SECRETS_MAX = 3;

export function rotateSecrets(
  secrets: readonly WebhookSecret[],
  secret: string,
  nowMs: number,
): readonly WebhookSecret[] {
  const older = secretsAt(secrets, nowMs).map((each) => ({
    ...each,
    untilMs: Math.min(each.untilMs ?? Number.POSITIVE_INFINITY, nowMs + SECRET_OVERLAP_MS),
  }));
  return [{ secret }, ...older].slice(0, SECRETS_MAX);
}

/**
 * A later delivery waits for an earlier one of the same endpoint and subject, but no longer than this after it was
 * made: four attempts of the earlier one, which outlast a restart. After that a receiver gets it out of order, which its
 * timestamp tells, rather than two days late.
 */
export const ORDER_WAIT_MS = 5 * 60_000;

/**
 * Until when a delivery waits for an earlier one; undefined: it goes now.
 *
 * @param earlierDueAtMs when the next attempt of an earlier one is due, or its lease ends
 */
export function decideWait(
  delivery: Pick<WebhookDelivery, 'startedAtMs'>,
  earlierDueAtMs: number | undefined,
  nowMs: number,
): number | undefined {
  if (earlierDueAtMs === undefined) return undefined;
  const waitsUntilMs = delivery.startedAtMs + ORDER_WAIT_MS;
  if (nowMs >= waitsUntilMs) return undefined;
  return Math.min(waitsUntilMs, Math.max(earlierDueAtMs, nowMs + ORDER_RECHECK_MS));
}

/** Not to look again in a spin where the earlier one is due this instant. */
const ORDER_RECHECK_MS = 250;

/** What a receiver answered. `failed`: no answer came, for this reason. */
export type WebhookAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfterMs?: number }
  | { readonly kind: 'failed'; readonly reason: string };

export type DeliveryStep =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'retry'; readonly delayMs: number; readonly failure: string }
  | { readonly kind: 'failed'; readonly failure: string; readonly disables?: 'gone' | 'failing' };

export interface DeliveryStepInput {
  readonly answer: WebhookAnswer;
  readonly endpoint: Pick<WebhookEndpoint, 'kind' | 'failingSinceMs'>;
  readonly startedAtMs: number;
  /** This attempt included. */
  readonly attemptCount: number;
  /** What schedule and receiver ask for; undefined after the last attempt. */
  readonly delayMs: number | undefined;
  readonly nowMs: number;
}

/** Somebody is back from a long weekend by then. */
export const DISABLE_AFTER_MS = 5 * 24 * 3_600_000;
/**
 * Of a quiet endpoint the failure before may be days old and mended since: a delivery has to fail for a quarter of an
 * hour before its endpoint is given up.
 */
const DISABLE_ATTEMPTS_MIN = 5;
/** The schedule's 48 hours and room for attempts that came late because an endpoint with a backlog was spared. */
export const DELIVERY_AGE_MAX_MS = 60 * 3_600_000;

const GONE = 410;

export function decideDeliveryStep(input: DeliveryStepInput): DeliveryStep {
  const { answer, endpoint, attemptCount, delayMs, nowMs } = input;
  if (answer.kind === 'answered' && answer.status >= 200 && answer.status < 300) return { kind: 'delivered' };
  const failure = answer.kind === 'answered' ? `status-${answer.status}` : answer.reason;
  const isRegistered = endpoint.kind === 'registered';
  if (answer.kind === 'answered' && answer.status === GONE) {
    return isRegistered ? { kind: 'failed', failure, disables: 'gone' } : { kind: 'failed', failure };
  }
  const failingForMs = nowMs - (endpoint.failingSinceMs ?? nowMs);
  if (isRegistered && failingForMs >= DISABLE_AFTER_MS && attemptCount >= DISABLE_ATTEMPTS_MIN) {
    return { kind: 'failed', failure, disables: 'failing' };
  }
  if (delayMs === undefined || nowMs + delayMs - input.startedAtMs > DELIVERY_AGE_MAX_MS) {
    return { kind: 'failed', failure };
  }
  return { kind: 'retry', delayMs, failure };
}
