/** What every use case works with; made once by the composition root. */
import type { Event, EventData, EventType } from '../core/events.ts';
import type { Prices } from '../core/prices.ts';
import type { Limit } from '../core/rate-limit.ts';
import type { Keyring } from '../lib/keyring.ts';
import type { RandomBytes } from '../lib/random.ts';
import type { Clock } from '../lib/time.ts';
import type { MakeUuid } from '../lib/uuid.ts';
import type { Announce } from './announce.ts';
import type { Outbox } from './outbox.ts';
import type { Store, Transaction } from './ports.ts';
import type { Router } from './router.ts';
import type { TenantTexts } from './tenant-texts.ts';

export interface EngineContext {
  readonly store: Store;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  readonly makeId: MakeUuid;
  readonly limits: readonly Limit[];
  readonly prices: Prices;
  readonly router: Router;
  readonly outbox: Outbox;
  readonly texts: TenantTexts;
  readonly announce: Announce;
  /** Where callers reach this installation, without a slash at the end: the issuer of its tokens. */
  readonly publicUrl?: string;
}

export function makeEvent(
  context: Pick<EngineContext, 'makeId'>,
  type: EventType,
  subject: { readonly tenantId: string; readonly verificationId?: string; readonly messageId?: string },
  atMs: number,
  data: EventData = {},
): Event {
  return {
    id: context.makeId(),
    tenantId: subject.tenantId,
    type,
    verificationId: subject.verificationId,
    messageId: subject.messageId,
    atMs,
    data,
  };
}

/** A settled verification takes its messages that are still queued with it. */
export function canceledEvents(
  context: Pick<EngineContext, 'makeId'>,
  { tenantId, id }: { readonly tenantId: string; readonly id: string },
  messageIds: readonly string[],
  atMs: number,
): readonly Event[] {
  return messageIds.map((messageId) =>
    makeEvent(context, 'message.canceled', { tenantId, verificationId: id, messageId }, atMs),
  );
}

/** Writes those events within the transaction that settled the verification; most often there is none. */
export async function noteCanceled(
  context: Pick<EngineContext, 'makeId'>,
  tx: Transaction,
  verification: { readonly tenantId: string; readonly id: string },
  messageIds: readonly string[],
  atMs: number,
): Promise<readonly Event[]> {
  if (messageIds.length === 0) return [];
  const events = canceledEvents(context, verification, messageIds, atMs);
  await tx.appendEvents(events);
  return events;
}
