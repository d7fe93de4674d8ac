/**
 * Server-Sent Events for a few watchers at once: who listens, heartbeats, slow readers, the end at shutdown. It keeps
 * no history: a client that was away asks for the list again.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
import { Readable } from 'node:stream';
import type { TimerHandle, Timers } from '../lib/time.ts';

export interface EventStream {
  /** The body of one client's reply; undefined where there are `EVENT_CLIENTS_MAX` already. */
  open(): Readable | undefined;
  /** Sends one event to every client; `data` is written as JSON, which has no line breaks of its own. */
  send(id: string, data: unknown): void;
  /** Ends every reply; none can be opened afterwards. */
  close(): void;
}

/** A development tool's few browser windows; each holds a connection open. */
export const EVENT_CLIENTS_MAX = 16;
/** Below the idle timeouts of the proxies that people put in front (60 s is common). */
export const HEARTBEAT_MS = 15_000;
/** A reader this far behind has stalled: it is dropped, comes again and asks for the list. */
const BACKLOG_BYTES_MAX = 1024 * 1024;
/** How long a browser waits before it comes again, and what opens the stream. */
const PREAMBLE = 'retry: 2000\n\n';
/** An event and no comment: a page is not told of comments, and a server that hangs keeps its connections open. */
const HEARTBEAT = 'event: beat\ndata: 0\n\n';

export const EVENT_STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  // nginx would otherwise hold events back until its buffer is full.
  'x-accel-buffering': 'no',
  // Ended at shutdown, the connection must not linger as an idle one.
  connection: 'close',
} as const;

export function createEventStream(timers: Timers): EventStream {
  const clients = new Set<Readable>();
  let heartbeat: TimerHandle | undefined;
  let isClosed = false;

  const write = (text: string) => {
    for (const client of clients) {
      client.push(text);
      if (client.readableLength > BACKLOG_BYTES_MAX) client.destroy();
    }
  };
  const beat = () => {
    heartbeat = timers.setTimeout(() => {
      write(HEARTBEAT);
      beat();
    }, HEARTBEAT_MS);
    heartbeat.unref();
  };
  const stopBeating = () => {
    timers.clearTimeout(heartbeat);
    heartbeat = undefined;
  };

  return {
    open() {
      if (isClosed || clients.size >= EVENT_CLIENTS_MAX) return undefined;
      const client = new Readable({ read: () => undefined });
      clients.add(client);
      client.once('close', () => {
        clients.delete(client);
        if (clients.size === 0) stopBeating();
      });
      client.push(PREAMBLE);
      if (!heartbeat) beat();
      return client;
    },
    send(id, data) {
      if (clients.size > 0) write(`id: ${id}\ndata: ${JSON.stringify(data)}\n\n`);
    },
    close() {
      isClosed = true;
      stopBeating();
      for (const client of clients) client.push(null);
      clients.clear();
    },
  };
}
