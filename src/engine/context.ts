/** What every use case works with; made once by the composition root. */
import type { Message } from '../core/delivery.ts';
import type { EventData, EventType } from '../core/events.ts';
import type { Prices } from '../core/prices.ts';
import type { SettingsOf } from '../core/tenant-settings.ts';
import type { Verification } from '../core/verification.ts';
import type { NewEvent } from '../core/webhook.ts';
import type { Keyring } from '../lib/keyring.ts';
import type { RandomBytes } from '../lib/random.ts';
import type { Clock } from '../lib/time.ts';
import type { MakeUuid } from '../lib/uuid.ts';
import type { Announce } from './announce.ts';
import type { Outbox } from './outbox.ts';
import type { Store, Transaction } from './ports.ts';
import type { Router } from './router.ts';
import type { TenantTexts } from './tenant-texts.ts';
import type { EventSubject, WebhookFanOut } from './webhook-fan-out.ts';
import type { WebhookUrls } from './webhook-urls.ts';

export interface EngineContext {
  readonly store: Store;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  readonly makeId: MakeUuid;
  readonly settingsOf: SettingsOf;
  readonly prices: Prices;
  readonly router: Router;
  readonly outbox: Outbox;
  readonly texts: TenantTexts;
  readonly announce: Announce;
  /** Where callers reach this installation, without a slash at the end: the issuer of its tokens. */
  readonly publicUrl?: string;
  readonly webhooks: WebhookFanOut;
  readonly webhookUrls: WebhookUrls;
}

/** What it takes to make an event. */
export type EventContext = Pick<EngineContext, 'makeId' | 'webhooks'>;

/** A verification as the subject of an event; with a message of it, where that is what the event tells of. */
export function aboutVerification(verification: Verification, messageId?: string): EventSubject {
  const { tenantId, mode, id, dialect, details } = verification;
  return { tenantId, mode, verificationId: id, messageId, dialect, webhook: details.webhook };
}

export function aboutMessage(message: Message): EventSubject {
  const { tenantId, mode, verificationId, id, dialect, details } = message;
  return { tenantId, mode, verificationId, messageId: id, dialect, webhook: details.webhook };
}

export function makeEvent(
  context: EventContext,
  type: EventType,
  subject: EventSubject,
  atMs: number,
  data: EventData = {},
): NewEvent {
  const event = {
    id: context.makeId(),
    tenantId: subject.tenantId,
    type,
    verificationId: subject.verificationId,
    messageId: subject.messageId,
    atMs,
    data,
  };
  const deliveries = context.webhooks.deliveriesFor(event, subject);
  return { ...event, mode: subject.mode, ...(deliveries.length > 0 && { deliveries }) };
}

/** A settled verification takes its messages that are still queued with it. */
export function canceledEvents(
  context: EventContext,
  verification: Verification,
  messageIds: readonly string[],
  atMs: number,
): readonly NewEvent[] {
  return messageIds.map((messageId) =>
    makeEvent(context, 'message.canceled', aboutVerification(verification, messageId), atMs),
  );
}

/** Writes those events within the transaction that settled the verification; most often there is none. */
export async function noteCanceled(
  context: EventContext,
  tx: Transaction,
  verification: Verification,
  messageIds: readonly string[],
  atMs: number,
): Promise<readonly NewEvent[]> {
  if (messageIds.length === 0) return [];
  const events = canceledEvents(context, verification, messageIds, atMs);
  await tx.appendEvents(events);
  return events;
}
