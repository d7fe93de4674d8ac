/**
 * One request and its reply on a pooled connection, under one deadline. It watches the moment from which the peer
 * may have seen the request, which is what carriers decide by.
 */
import type { Agent, Dispatcher } from 'undici';
import { OutboundError, type OutboundReason, toOutboundError } from './outbound-error.ts';
import type { OutboundReply, OutboundRequest } from './outbound-request.ts';
import type { Timers } from './time.ts';

export async function exchange(
  agent: Agent,
  request: OutboundRequest,
  url: URL,
  timers: Timers,
  maxReplyBytes: number,
): Promise<OutboundReply> {
  if (request.signal?.aborted) throw new OutboundError('aborted', false);
  const dispatchOptions = toDispatchOptions(request, url);
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined;
    let reply: OutboundReply | undefined;
    let isOver = false;
    let bytes = 0;
    const chunks: Buffer[] = [];

    /** True once: the connection is given back or torn down, and nothing fires any more. */
    const end = (): boolean => {
      if (isOver) return false;
      isOver = true;
      timers.clearTimeout(deadline);
      request.signal?.removeEventListener('abort', onAbort);
      return true;
    };
    const giveUp = (reason: OutboundReason) => {
      if (!end()) return;
      const error = new OutboundError(reason, controller !== undefined);
      controller?.abort(error);
      // Without effect where the status has already settled a request whose body is discarded.
      reject(error);
    };
    const onAbort = () => giveUp('aborted');
    const deadline = timers.setTimeout(
      () => giveUp(reply ? 'timeout' : 'timeout-before-response'),
      request.timeoutMs,
    );
    request.signal?.addEventListener('abort', onAbort, { once: true });

    agent.dispatch(dispatchOptions, {
      // Called right before the first byte is written: from here on the peer may know.
      onRequestStart(started) {
        controller = started;
        if (isOver) started.abort(new OutboundError('aborted', false));
      },
      onResponseStart(_, status, headers) {
        if (isOver || status < 200) return;
        reply = { status, headers: joinHeaders(headers) };
        if (!request.readBody) resolve(reply);
      },
      onResponseData(_, chunk) {
        bytes += chunk.length;
        if (bytes > maxReplyBytes) giveUp('reply-too-large');
        else if (request.readBody) chunks.push(chunk);
      },
      onResponseEnd() {
        if (end() && reply) resolve({ ...reply, ...(request.readBody ? { body: textOf(chunks) } : {}) });
      },
      onResponseError(_, error) {
        if (end()) reject(toOutboundError(error, controller !== undefined, url.protocol === 'https:'));
      },
    });
  });
}

function toDispatchOptions(request: OutboundRequest, url: URL): Dispatcher.DispatchOptions {
  const { host, ...headers } = lowerCaseNames({ 'user-agent': 'otpost', ...request.headers });
  // undici takes the TLS server name from it: a peer other than the URL's could be asked to answer.
  if (host !== undefined) throw new OutboundError('refused-url', false);
  return {
    origin: url.origin,
    path: url.pathname + url.search,
    method: request.method,
    headers,
    body: request.body ?? null,
  };
}

function lowerCaseNames(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function joinHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> {
  const joined: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) joined[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return joined;
}

function textOf(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString('utf8');
}
