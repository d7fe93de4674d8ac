/** The settings as the SMPP library takes them to connect, bind and keep a session. */
import type { ConnectOptions } from '../../smpp/client.ts';
import type { RequestHandler } from '../../smpp/session-options.ts';
import type { Timers } from '../../smpp/timers.ts';
import { readPem, type SmppSettings, type TlsSettings } from './settings.ts';

export interface ConnectionDeps {
  readonly timers: Timers;
  readonly onRequest: RequestHandler;
  readonly onFault: (error: unknown) => void;
}

const PORT = 2775;
/** What most operators allow. */
export const WINDOW = 10;
const RESPONSE_TIMEOUT_SECONDS = 10;
const ENQUIRE_LINK_SECONDS = 30;
/** Its own place in the window is what a submit waits for, so hardly anything waits in the session. */
const SESSION_QUEUE_MAX = 1_000;

export function toConnection(settings: SmppSettings, deps: ConnectionDeps): ConnectOptions {
  const { host, port = PORT, systemId, password, systemType = '', tls, window = WINDOW } = settings;
  return {
    host,
    port,
    systemId,
    password,
    bindFields: { systemType },
    ...(tls !== undefined && { tls: toTlsOptions(tls) }),
    session: {
      ...deps,
      window,
      queueMax: SESSION_QUEUE_MAX,
      responseTimeoutMs: (settings.responseTimeoutSeconds ?? RESPONSE_TIMEOUT_SECONDS) * 1_000,
      enquireLinkIntervalMs: (settings.enquireLinkSeconds ?? ENQUIRE_LINK_SECONDS) * 1_000,
    },
  };
}

function toTlsOptions({ ca, cert, key, servername }: TlsSettings): NonNullable<ConnectOptions['tls']> {
  return {
    ...(ca !== undefined && { ca: readPem(ca) }),
    ...(cert !== undefined && { cert: readPem(cert) }),
    ...(key !== undefined && { key: readPem(key) }),
    ...(servername !== undefined && { servername }),
  };
}
