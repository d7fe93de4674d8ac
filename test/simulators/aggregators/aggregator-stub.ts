/**
 * An aggregator's HTTP server on the loopback interface, which answers as it is told and remembers what it was asked.
 * It knows no vendor; vendors are the files beside it.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { TEST_CERTIFICATE, TEST_CERTIFICATE_KEY } from '../../support/test-certificate.ts';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** What the server does once it has read a request. */
export type Answer =
  | {
      readonly kind: 'reply';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** It has the request and keeps the connection open. */
  | { readonly kind: 'silence' }
  /** It has the request and breaks the connection. */
  | { readonly kind: 'hang-up' }
  /** Status line and a first part come, the rest never does. */
  | { readonly kind: 'slow-body'; readonly status: number; readonly firstPart: string };

export type AnswerTo = (request: SeenRequest) => Answer;

export interface AggregatorStub extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  /** Replaces the ordinary answers for the next request. */
  answerOnce(answer: Answer): void;
  /** Resolves when so many requests have been read since the start. */
  seen(count: number): Promise<void>;
}

export async function startAggregatorStub(
  answerTo: AnswerTo,
  scheme: 'http' | 'https' = 'http',
): Promise<AggregatorStub> {
  const requests: SeenRequest[] = [];
  const planned: Answer[] = [];
  const waiting = new Set<() => void>();
  const handle = async (message: IncomingMessage, response: ServerResponse) => {
    const request = await readRequest(message);
    requests.push(request);
    for (const wake of waiting) wake();
    act(planned.shift() ?? answerTo(request), message, response);
  };
  const listener = (message: IncomingMessage, response: ServerResponse) => {
    handle(message, response).catch((error: unknown) => response.destroy(error as Error));
  };
  const server: Server =
    scheme === 'http'
      ? createServer(listener)
      : createTlsServer({ cert: TEST_CERTIFICATE, key: TEST_CERTIFICATE_KEY }, listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `${scheme}://127.0.0.1:${port}`,
    requests,
    answerOnce: (answer) => planned.push(answer),
    seen: (count) =>
      new Promise((resolve) => {
        const look = () => {
          if (requests.length < count) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    async [Symbol.asyncDispose]() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

export function jsonReply(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return {
    kind: 'reply',
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(value),
  };
}

/** The only request that came, for looking at what was sent. */
export function onlyRequest(stub: AggregatorStub): SeenRequest {
  const [request] = stub.requests;
  assert(request && stub.requests.length === 1, `one request, not ${stub.requests.length}`);
  return request;
}

async function readRequest(message: IncomingMessage): Promise<SeenRequest> {
  const body = Buffer.concat(await message.toArray()).toString();
  const [path = '', query = ''] = (message.url ?? '').split('?');
  return {
    method: message.method ?? '',
    path,
    query: new URLSearchParams(query),
    headers: message.headers,
    body,
  };
}

function act(answer: Answer, message: IncomingMessage, response: ServerResponse): void {
  switch (answer.kind) {
    case 'reply':
      response.writeHead(answer.status, answer.headers).end(answer.body);
      return;
    case 'silence':
      return;
    case 'hang-up':
      message.socket.destroy();
      return;
    case 'slow-body':
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.write(answer.firstPart);
  }
}
