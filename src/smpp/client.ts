/**
 * Connects to an SMSC over TCP or TLS and binds. One call makes one session: coming back after a loss is reconnect.ts's.
 */
import type { Socket } from 'node:net';
import { connect as connectTcp } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';
import { connect as connectTls } from 'node:tls';
import { commandStatusOf } from './command-status.ts';
import type { FieldsOf } from './pdu-layouts.ts';
import { INTERFACE_VERSION } from './pdu-layouts.ts';
import { SmppSession } from './session.ts';
import type { SmppSessionOptions } from './session-options.ts';
import { toSettings } from './session-options.ts';

export type BindType = 'transceiver' | 'transmitter' | 'receiver';

export interface BindOptions {
  readonly bindType?: BindType;
  readonly systemId: string;
  readonly password: string;
  readonly bindTimeoutMs?: number;
  /** system_type, address_range and the like, where an operator wants them. */
  readonly bindFields?: Partial<FieldsOf<'bind_transceiver'>>;
}

export interface ConnectOptions extends BindOptions {
  readonly host: string;
  readonly port: number;
  /** Present: TLS, with these options beside host and port. */
  readonly tls?: ConnectionOptions;
  readonly connectTimeoutMs?: number;
  readonly session?: SmppSessionOptions;
  readonly signal?: AbortSignal;
}

export interface BoundSession {
  readonly session: SmppSession;
  readonly bindType: BindType;
  /** The SMSC's system_id. */
  readonly peerSystemId: string;
  /** sc_interface_version; 0x33 if the SMSC does not tell, by SMPP 3.4 §5.3.2.25. */
  readonly peerVersion: number;
}

const CONNECT_TIMEOUT_MS = 10_000;
const BIND_TIMEOUT_MS = 10_000;
const VERSION_UNTOLD = 0x33;

/** No connection came about; the cause tells why. */
export class SmppConnectError extends Error {
  override readonly name = 'SmppConnectError';
}

/** The SMSC refused the bind (with its status) or did not answer it (without). */
export class SmppBindError extends Error {
  override readonly name = 'SmppBindError';
  readonly status: number | undefined;

  constructor(status: number | undefined, options?: ErrorOptions) {
    const why = status === undefined ? 'it was not answered' : commandStatusOf(status).name;
    super(`the bind failed: ${why}`, options);
    this.status = status;
  }
}

/** @throws SmppConnectError, SmppBindError; nothing stays open after either. */
export async function connectSmpp(options: ConnectOptions): Promise<BoundSession> {
  const stream = await openStream(options);
  const session = new SmppSession(stream, options.session);
  const abort = () => session.destroy();
  options.signal?.addEventListener('abort', abort);
  try {
    return await bindSession(session, options);
  } finally {
    options.signal?.removeEventListener('abort', abort);
  }
}

/** Binds a session that is not bound yet. @throws SmppBindError, and then the session is closed. */
export async function bindSession(session: SmppSession, options: BindOptions): Promise<BoundSession> {
  const { bindType = 'transceiver', systemId, password, bindFields } = options;
  try {
    const response = await session.request(`bind_${bindType}`, {
      fields: { interfaceVersion: INTERFACE_VERSION, ...bindFields, systemId, password },
      responseTimeoutMs: options.bindTimeoutMs ?? BIND_TIMEOUT_MS,
    });
    if (response.status !== 0 || response.command === 'generic_nack')
      throw new SmppBindError(response.status);
    return {
      session,
      bindType,
      peerSystemId: response.fields.systemId,
      peerVersion: response.tlvs.scInterfaceVersion ?? VERSION_UNTOLD,
    };
  } catch (error) {
    session.close();
    throw error instanceof SmppBindError ? error : new SmppBindError(undefined, { cause: error });
  }
}

function openStream(options: ConnectOptions): Promise<Duplex> {
  const { host, port, tls, connectTimeoutMs = CONNECT_TIMEOUT_MS, signal } = options;
  const { timers } = toSettings(options.session ?? {});
  if (signal?.aborted) return Promise.reject(new SmppConnectError('the connection was given up'));
  const opened = Promise.withResolvers<Duplex>();
  // A server name is not sent for addresses: RFC 6066 §3 forbids it, and Node.js leaves it out by itself.
  const socket: Socket = tls === undefined ? connectTcp({ host, port }) : connectTls({ ...tls, host, port });
  socket.setNoDelay(true);
  const fail = (message: string, cause?: unknown) => {
    socket.destroy();
    opened.reject(new SmppConnectError(message, { cause }));
  };
  const timer = timers.setTimeout(() => fail('the connection was not made in time'), connectTimeoutMs);
  const onAbort = () => fail('the connection was given up');
  const onError = (error: Error) => fail('the connection failed', error);
  const onClose = () => fail('the connection was closed while it was being made');
  signal?.addEventListener('abort', onAbort);
  socket.on('error', onError);
  socket.once('close', onClose);
  socket.once(tls === undefined ? 'connect' : 'secureConnect', () => opened.resolve(socket));
  return opened.promise.finally(() => {
    timers.clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    socket.off('close', onClose);
    if (!socket.destroyed) socket.off('error', onError);
  });
}
