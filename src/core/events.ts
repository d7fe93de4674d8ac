/**
 * What happened, in the past tense. Events are the timeline of a verification or message, and what webhooks carry.
 * `data` holds no address, code or text: only ids, masks, names and numbers.
 */
export const EVENT_TYPES = [
  'verification.created',
  'verification.resent',
  'verification.check_failed',
  'verification.approved',
  'verification.locked',
  'verification.expired',
  'verification.canceled',
  'message.created',
  'message.accepted',
  'message.refused',
  'message.deferred',
  'message.unknown',
  'message.delivered',
  'message.failed',
  'message.expired',
  'message.canceled',
  'message.unconfirmed',
  'endpoint.tested',
  'endpoint.disabled',
  'device.enrolled',
  'device.activated',
  'device.approved',
  'device.check_failed',
  'device.deleted',
  'tenant.failure_alarm',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

export interface Event {
  /** UUIDv7, so that the order of ids is the order of time. */
  readonly id: string;
  readonly tenantId: string;
  readonly type: EventType;
  readonly verificationId?: string;
  readonly messageId?: string;
  readonly atMs: number;
  readonly data: EventData;
}

export type EventData = Readonly<Record<string, string | number | boolean>>;
