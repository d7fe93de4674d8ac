import type { Message, MessageContent } from '../core/delivery.ts';
import { EngineError } from '../core/errors.ts';
import type { Event } from '../core/events.ts';
import type { Principal } from '../core/principal.ts';
import type { Keyring } from '../lib/keyring.ts';
import type { PageOf, PageQuery } from './commands.ts';
import type { EngineContext } from './context.ts';
import { pageOfMode, readPage, toPage } from './paging.ts';
import type { EventFilter, MessageFilter, Page } from './ports.ts';
import { idOrNone, notFound } from './read-verifications.ts';
import { findRequestUrl } from './request-webhook.ts';
import { type MessageView, sealContext, toMessageView } from './views.ts';

export async function getMessageView(
  { store, keyring }: Pick<EngineContext, 'store' | 'keyring'>,
  principal: Principal,
  id: string,
): Promise<MessageView> {
  const message = await store.findMessage(principal.tenant.id, idOrNone(id));
  if (message?.mode !== principal.mode) throw notFound();
  const view = openMessage(message, keyring);
  const webhook = await findRequestUrl({ store, keyring }, message.tenantId, message.details.webhook);
  return webhook === undefined ? view : { ...view, webhook };
}

export async function listMessages(
  { store, keyring }: EngineContext,
  principal: Principal,
  filter: MessageFilter,
  query: PageQuery,
): Promise<PageOf<MessageView>> {
  const list = (page: Page) => store.listMessages(principal.tenant.id, filter, page);
  return pageOfMode(principal.mode, list, query, (row) => openMessage(row, keyring));
}

export async function getEvent({ store }: EngineContext, principal: Principal, id: string): Promise<Event> {
  const event = await store.findEvent(principal.tenant.id, idOrNone(id));
  if (!event) throw notFound();
  return event;
}

export async function listEvents(
  { store }: EngineContext,
  principal: Principal,
  filter: EventFilter,
  query: PageQuery,
): Promise<PageOf<Event>> {
  const rows = await store.listEvents(principal.tenant.id, filter, readPage(query));
  return toPage(rows, query, (event) => event);
}

/** The text is shown only where it is the caller's own: a text with a code of ours never leaves. */
function openMessage(message: Message, keyring: Keyring): MessageView {
  const to = keyring.open(message.toSealed, sealContext.messageTo(message.id));
  if (!message.details.keepsContent || !message.contentSealed) return toMessageView(message, to);
  return toMessageView(message, to, openContent(message, keyring).body);
}

/** @throws EngineError `internal` where the content was erased */
export function openContent(message: Message, keyring: Keyring): MessageContent {
  if (!message.contentSealed) throw new EngineError('internal', 'The content of this message was erased.');
  return JSON.parse(
    keyring.open(message.contentSealed, sealContext.messageContent(message.id)),
  ) as MessageContent;
}
