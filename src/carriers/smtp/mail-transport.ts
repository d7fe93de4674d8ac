/** The mail client, loaded with the first message: it takes tens of milliseconds that a server without e-mail never needs. */
import type { Mailbox } from '../../core/mailbox.ts';
import type { SmtpSettings } from './settings.ts';

export interface Mail {
  readonly from: Mailbox;
  readonly to: Mailbox;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly messageId: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface MailTransport {
  /** Resolves when the server has taken the message; rejects with the client’s error. */
  send(mail: Mail, signal: AbortSignal): Promise<void>;
  close(): void;
}

const CONNECT_TIMEOUT_MS = 10_000;
/** Servers close idle connections after some minutes; who closes first never meets a dead one. */
const IDLE_TIMEOUT_MS = 30_000;
const SUBMISSION_PORT = 587;
const SMTPS_PORT = 465;

export async function createMailTransport(
  settings: SmtpSettings,
  connections: number,
): Promise<MailTransport> {
  const { createTransport } = await import('nodemailer');
  const { ca, name, dkim, requireTls = true } = settings;
  const { protocol, hostname, port, username, password } = new URL(settings.url);
  const secure = protocol === 'smtps:';
  const user = settings.user ?? decodeURIComponent(username);
  const pass = settings.password ?? decodeURIComponent(password);
  const transport = createTransport({
    pool: true,
    host: hostname.replace(/^\[(.+)\]$/, '$1'),
    port: port === '' ? (secure ? SMTPS_PORT : SUBMISSION_PORT) : Number(port),
    secure,
    requireTLS: !secure && requireTls,
    tls: { minVersion: 'TLSv1.2', rejectUnauthorized: true, ...(ca === undefined ? {} : { ca }) },
    ...(name === undefined ? {} : { name }),
    ...(user === '' ? {} : { auth: { user, pass } }),
    ...(dkim
      ? { dkim: { domainName: dkim.domain, keySelector: dkim.selector, privateKey: dkim.privateKey } }
      : {}),
    maxConnections: connections,
    // A message whose connection broke may have been taken: whether it goes out again is not the client’s to say.
    maxRequeues: 0,
    idleTimeout: IDLE_TIMEOUT_MS,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: CONNECT_TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send({ headers, ...mail }, signal) {
      await transport.sendMail({ ...mail, headers: { ...headers }, signal });
    },
    close: () => transport.close({ force: true }),
  };
}
