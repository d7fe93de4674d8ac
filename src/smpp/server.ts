/**
 * The SMSC's side: listens, lets clients bind, and hands their requests on. It enforces who may send what in which bind state
 * (SMPP 3.4 §2.3); what a message means is the caller's.
 */
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TlsOptions } from 'node:tls';
import { createServer as createTlsServer } from 'node:tls';
import type { BindType } from './client.ts';
import { ESME_RALYBND, ESME_RBINDFAIL, ESME_RINVBNDSTS, ESME_RINVCMDID, ESME_ROK } from './command-status.ts';
import type { Pdu } from './pdu.ts';
import { INTERFACE_VERSION } from './pdu-layouts.ts';
import { SmppSession } from './session.ts';
import type { IncomingRequest, Reply, SmppSessionOptions } from './session-options.ts';
import { toSettings } from './session-options.ts';
import type { TimerHandle } from './timers.ts';

export type BindRequest = Pdu<'bind_transceiver' | 'bind_transmitter' | 'bind_receiver'>;

/** One client. `bindType` is undefined until it is bound. */
export interface SmppPeer {
  readonly session: SmppSession;
  readonly bindType: BindType | undefined;
  readonly systemId: string;
}

export interface SmppServerOptions {
  /** Our own name in bind responses. */
  readonly systemId?: string;
  /** The status of the bind's response: 0 lets the client in. */
  readonly authenticate?: (bind: BindRequest) => number | Promise<number>;
  readonly onBound?: (peer: SmppPeer) => void;
  /** Requests of bound clients, except link checks and unbinds. */
  readonly onRequest?: (
    request: IncomingRequest,
    peer: SmppPeer,
  ) => Reply | undefined | Promise<Reply | undefined>;
  readonly session?: Omit<SmppSessionOptions, 'onRequest'>;
  readonly bindTimeoutMs?: number;
  /** Connections at once; one more is closed unanswered. */
  readonly connectionsMax?: number;
  /** Present: TLS. */
  readonly tls?: TlsOptions;
}

export interface SmppServer extends AsyncDisposable {
  /** Port 0 takes a free one; resolves with the port. */
  listen(port?: number, host?: string): Promise<number>;
  /** Serves a stream that somebody else has connected. */
  accept(stream: Duplex): void;
  readonly peers: ReadonlySet<SmppPeer>;
  /** Unbinds every client and stops listening. */
  close(): Promise<void>;
  /** Drops every client and stops listening, as a crash would. */
  destroy(): Promise<void>;
}

const BIND_TIMEOUT_MS = 10_000;
const CONNECTIONS_MAX = 100;

/** What only one that may transmit, and only one that may receive, sends (§2.3). The rest any bound client may. */
const NEEDS_TRANSMITTER: ReadonlySet<string> = new Set([
  'submit_sm',
  'submit_multi',
  'query_sm',
  'cancel_sm',
  'replace_sm',
]);

/** Serves one connected stream: `createSmppServer` without the listening. */
function servePeer(stream: Duplex, options: SmppServerOptions): SmppPeer {
  const { timers } = toSettings(options.session ?? {});
  let isBinding = false;
  let bindTimer: TimerHandle;

  async function bind(request: BindRequest): Promise<Reply> {
    if (isBinding) return { status: ESME_RALYBND };
    isBinding = true;
    const status = await Promise.resolve(options.authenticate?.(request) ?? ESME_ROK).catch(
      () => ESME_RBINDFAIL,
    );
    if (status !== ESME_ROK) {
      // The response is written as soon as this resolves; the next tick is after that.
      process.nextTick(() => session.close());
      return { status };
    }
    timers.clearTimeout(bindTimer);
    peer.systemId = request.fields.systemId;
    peer.bindType = bindTypes[request.command];
    process.nextTick(() => options.onBound?.(peer));
    return {
      fields: { systemId: options.systemId ?? '' },
      tlvs: { scInterfaceVersion: INTERFACE_VERSION },
    };
  }

  const session = new SmppSession(stream, {
    ...options.session,
    onRequest: (request) => {
      if (isBind(request)) return bind(request);
      const { bindType } = peer;
      if (bindType === undefined) return { status: ESME_RINVBNDSTS };
      if (bindType === 'receiver' && NEEDS_TRANSMITTER.has(request.command))
        return { status: ESME_RINVBNDSTS };
      return options.onRequest === undefined ? { status: ESME_RINVCMDID } : options.onRequest(request, peer);
    },
  });
  const peer: { session: SmppSession; bindType: BindType | undefined; systemId: string } = {
    session,
    bindType: undefined,
    systemId: '',
  };
  bindTimer = timers.setTimeout(() => session.close(), options.bindTimeoutMs ?? BIND_TIMEOUT_MS);
  void session.closed.then(() => timers.clearTimeout(bindTimer));
  return peer;
}

export function createSmppServer(options: SmppServerOptions = {}): SmppServer {
  const peers = new Set<SmppPeer>();
  const accept = (stream: Duplex) => {
    const peer = servePeer(stream, options);
    peers.add(peer);
    void peer.session.closed.then(() => peers.delete(peer));
  };
  const server: Server =
    options.tls === undefined
      ? createTcpServer({ noDelay: true }, accept)
      : createTlsServer({ noDelay: true, ...options.tls }, accept);
  server.maxConnections = options.connectionsMax ?? CONNECTIONS_MAX;
  // Under TLS a connection has no session before its handshake, and the server does not close while one is left.
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  // A client that fails its TLS handshake is its own concern.
  server.on('tlsClientError', () => undefined);

  async function stop(endPeer: (session: SmppSession) => unknown): Promise<void> {
    const closed = server.listening ? new Promise((resolve) => server.close(resolve)) : undefined;
    await Promise.all([...peers].map((peer) => endPeer(peer.session)));
    for (const socket of sockets) socket.destroySoon();
    await closed;
  }
  const close = () => stop((session) => session.unbind());

  return {
    peers,
    accept,
    listen: (port = 0, host = '127.0.0.1') => listen(server, port, host),
    close,
    destroy: () => stop((session) => session.destroy()),
    [Symbol.asyncDispose]: close,
  };
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

const bindTypes = {
  bind_transceiver: 'transceiver',
  bind_transmitter: 'transmitter',
  bind_receiver: 'receiver',
} as const;

function isBind(request: IncomingRequest): request is BindRequest {
  return request.command in bindTypes;
}
