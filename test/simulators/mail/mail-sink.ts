/** A mail server on the loopback interface that keeps what it is sent, and misbehaves towards chosen recipients. */

import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { TEST_CERTIFICATE, TEST_CERTIFICATE_KEY } from '../../support/test-certificate.ts';

export const MAILBOXES = {
  delivered: 'delivered@example.com',
  undelivered: 'undelivered@example.com',
  refusedForGood: 'refused@example.com',
  refusedForNow: 'refused-for-now@example.com',
  /** It takes the whole message and never says that it has. */
  silent: 'silent@example.com',
  /** It takes the whole message and breaks the connection. */
  hangsUp: 'hangs-up@example.com',
  spam: 'spam@example.com',
} as const;

export const MAIL_USER = 'acme';
export const MAIL_PASSWORD = 'p@ss:w/rd';

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** As it came over the wire. */
  readonly source: string;
  readonly isOverTls: boolean;
}

export interface MailSink {
  readonly port: number;
  readonly received: readonly ReceivedMail[];
  /** Resolves when so many messages have been read to their end. */
  seen(count: number): Promise<void>;
  connectionCount(): number;
  close(): Promise<void>;
}

/** @param options on top of TLS on demand and the log-in above */
export async function startMailSink(options: SMTPServerOptions = {}): Promise<MailSink> {
  const received: ReceivedMail[] = [];
  const waiting = new Set<() => void>();
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = new SMTPServer({
    key: TEST_CERTIFICATE_KEY,
    cert: TEST_CERTIFICATE,
    authOptional: true,
    disableReverseLookup: true,
    logger: false,
    onAuth({ username, password }, _session, callback) {
      const isRight = username === MAIL_USER && password === MAIL_PASSWORD;
      callback(isRight ? null : fault(535, '5.7.8 Authentication failed'), { user: username });
    },
    onRcptTo({ address }, _session, callback) {
      if (address === MAILBOXES.refusedForGood) callback(fault(550, '5.1.1 No such user'));
      else if (address === MAILBOXES.refusedForNow) callback(fault(451, '4.7.1 Greylisted, try again later'));
      else callback();
    },
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        const to = rcptTo.map(({ address }) => address);
        received.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to,
          source: Buffer.concat(chunks).toString('utf8'),
          isOverTls: session.secure,
        });
        for (const wake of waiting) wake();
        const [first] = to;
        if (first === MAILBOXES.hangsUp) for (const socket of sockets) socket.destroy();
        else if (first === MAILBOXES.spam) callback(fault(554, '5.7.1 Looks like spam'));
        else if (first !== MAILBOXES.silent) callback();
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  server.server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  return {
    port: (server.server.address() as AddressInfo).port,
    received,
    seen: (count) =>
      new Promise((resolve) => {
        const look = () => {
          if (received.length < count) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    connectionCount: () => connections,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function fault(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
