/**
 * The page of the handset and what it shows, as JSON and live. It reads inboxes and sends nothing. Mount it only where
 * a handset carrier is configured: it asks for no credentials, like the phone on a desk.
 */
import type { MessageChannel } from '../core/channel.ts';
import { parseEmailAddress } from '../core/email-address.ts';
import { EngineError } from '../core/errors.ts';
import { parsePhoneNumber } from '../core/phone-number.ts';
import { type Timers, toIso } from '../lib/time.ts';
import { createEventStream, EVENT_STREAM_HEADERS } from './event-stream.ts';
import type { HttpScope } from './http-scope.ts';
import { PAGE_HEADERS, readPageFile, sendPageFile } from './page-files.ts';

/** What the routes need of a handset carrier. */
export interface HandsetInbox {
  readonly magicRecipients: readonly MagicRecipientRow[];
  /** Newest first. @param to one address's only */
  list(to?: string): readonly InboxMessage[];
  /** Calls back with each message as it arrives, until the returned function is called. */
  subscribe(listener: (message: InboxMessage) => void): () => void;
}

export interface MagicRecipientRow {
  readonly name: string;
  readonly phone: string;
  readonly email: string;
  readonly behaviour: string;
}

export interface InboxMessage {
  readonly id: string;
  readonly to: string;
  readonly from: string;
  readonly channel: MessageChannel;
  readonly body: string;
  readonly subject?: string;
  readonly code?: string;
  readonly receivedAtMs: number;
}

export interface HandsetRoutesOptions {
  /** One for each handset carrier that is configured; the page shows them as one. */
  readonly inboxes: readonly HandsetInbox[];
  readonly timers: Timers;
}

const WEB = new URL('../../web/handset/', import.meta.url);
const ASSETS = [
  'handset.css',
  'phones.css',
  'thread.css',
  'handset.js',
  'inbox.js',
  'view.js',
  'format.js',
  'icon.svg',
] as const;
const BUSY_RETRY_AFTER_SECONDS = 5;
const JSON_HEADERS = { ...PAGE_HEADERS, 'cache-control': 'no-store' } as const;

/** A Fastify plugin for a scope of `createHttpServer`: `app.register(handsetRoutes, { inboxes, timers })`. */
export async function handsetRoutes(app: HttpScope, options: HandsetRoutesOptions): Promise<void> {
  const { inboxes, timers } = options;
  await mountPage(app);

  app.get<{ Querystring: { to?: unknown } }>('/handset/messages', async (request, reply) => {
    reply.headers(JSON_HEADERS);
    const { to } = request.query;
    const address = to === undefined ? undefined : parseAddress(to);
    if (address === null) {
      throw new EngineError('invalid_request', 'to must be one phone number or e-mail address.', {
        field: 'to',
      });
    }
    return { messages: listAll(inboxes, address).map(toWire) };
  });

  app.get('/handset/magic-numbers', async (_request, reply) => {
    reply.headers(JSON_HEADERS);
    const rows = inboxes[0]?.magicRecipients ?? [];
    return {
      magicNumbers: rows.map(({ name, phone, email, behaviour }) => ({ name, phone, email, behaviour })),
    };
  });

  const events = createEventStream(timers);
  const leave = inboxes.map((inbox) =>
    inbox.subscribe((message) => events.send(message.id, toWire(message))),
  );
  app.addHook('preClose', async () => {
    for (const stop of leave) stop();
    events.close();
  });
  app.get('/handset/events', { exposeHeadRoute: false }, async (_request, reply) => {
    const body = events.open();
    if (body) return reply.headers({ ...PAGE_HEADERS, ...EVENT_STREAM_HEADERS }).send(body);
    throw new EngineError('overloaded', 'Too many windows watch the handset already.', {
      retryAfterSeconds: BUSY_RETRY_AFTER_SECONDS,
    });
  });
}

async function mountPage(app: HttpScope): Promise<void> {
  const page = await readPageFile(new URL('index.html', WEB));
  app.get('/handset', (request, reply) => sendPageFile(request, reply, page));
  // The page's own links are relative to /handset, so that it works under a proxy's prefix.
  app.get('/handset/', (_request, reply) => reply.redirect('../handset', 308));
  for (const name of ASSETS) {
    const file = await readPageFile(new URL(name, WEB));
    app.get(`/handset/${name}`, (request, reply) => sendPageFile(request, reply, file));
  }
}

/** One inbox knows the order of arrival; several only have their clock in common. */
function listAll(inboxes: readonly HandsetInbox[], address?: string): readonly InboxMessage[] {
  const messages = inboxes.flatMap((inbox) => inbox.list(address));
  return inboxes.length === 1 ? messages : messages.toSorted((a, b) => b.receivedAtMs - a.receivedAtMs);
}

/** The canonical address, or null. A plus that a client forgot to escape arrives as a space, and is read all the same. */
function parseAddress(to: unknown): string | null {
  if (typeof to !== 'string') return null;
  if (to.includes('@')) {
    const email = parseEmailAddress(to);
    return email.fault === undefined ? email.canonical : null;
  }
  const phone = parsePhoneNumber(to, { strictness: 'syntax' });
  return phone.fault === undefined ? phone.e164 : null;
}

function toWire({ receivedAtMs, ...message }: InboxMessage) {
  return { ...message, receivedAt: toIso(receivedAtMs) };
}
