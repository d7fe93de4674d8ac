/**
 * An SMSC to try things against: it takes binds and messages as an operator's would, with the latency, refusals, throttling and
 * receipts that it is told. It delivers nothing to anybody. Deliberate breaches of the protocol are not here; tests have simulators for those.
 */
import type { Duplex } from 'node:stream';
import { ESME_RINVPASWD, ESME_RINVSYSID, ESME_ROK } from '../smpp/command-status.ts';
import type { SmppPeer } from '../smpp/server.ts';
import { createSmppServer } from '../smpp/server.ts';
import type { DeskCounts } from './message-desk.ts';
import { MessageDesk } from './message-desk.ts';
import type { ReceiptCounts } from './receipt-sender.ts';
import { canReceive, ReceiptSender } from './receipt-sender.ts';
import { createSeededDraws } from './seeded-draws.ts';
import type { SmscOptions, SmscSettings } from './smsc-options.ts';
import { toSmscSettings } from './smsc-options.ts';
import { SubmittedMessages } from './submitted-messages.ts';

export interface Smsc extends AsyncDisposable {
  /** Port 0 takes a free one; resolves with the port. */
  listen(port?: number, host?: string): Promise<number>;
  /** Serves a stream that somebody else has connected. */
  accept(stream: Duplex): void;
  readonly submitted: SubmittedMessages;
  readonly counts: Readonly<DeskCounts>;
  readonly receiptCounts: Readonly<ReceiptCounts>;
  readonly peers: ReadonlySet<SmppPeer>;
  /** A message from a phone to every session of the system_id that receives. */
  deliverText(systemId: string, message: PhoneText): Promise<void>;
  /** Unbinds everybody and stops. */
  close(): Promise<void>;
  /** Stops as a crash would. */
  destroy(): Promise<void>;
}

export interface PhoneText {
  readonly source: string;
  readonly destination: string;
  readonly text: string;
}

export function createSmsc(options: SmscOptions = {}): Smsc {
  const settings = toSmscSettings(options);
  const submitted = new SubmittedMessages(settings.keptMax);
  const receipts = new ReceiptSender(() => server.peers, settings.timers);
  const desk = new MessageDesk(settings, createSeededDraws(settings.seed), submitted, receipts);
  const server = createSmppServer({
    systemId: settings.systemId,
    authenticate: ({ fields }) => authenticate(settings, fields.systemId, fields.password),
    onBound: (peer) => receipts.releaseTo(peer),
    onRequest: (request, peer) => desk.handle(request, peer),
    session: {
      timers: settings.timers,
      window: settings.receiptWindow,
      queueMax: settings.queueMax,
      incomingMax: settings.submitWindow,
      enquireLinkIntervalMs: settings.enquireLinkIntervalMs,
    },
    ...(settings.tls !== undefined && { tls: settings.tls }),
  });

  async function deliverText(systemId: string, { source, destination, text }: PhoneText): Promise<void> {
    const fields = {
      sourceAddr: source,
      destinationAddr: destination,
      dataCoding: 8,
      shortMessage: Buffer.from(text, 'utf16le').swap16(),
    };
    const receivers = [...server.peers].filter((peer) => peer.systemId === systemId && canReceive(peer));
    await Promise.all(receivers.map((peer) => peer.session.request('deliver_sm', { fields })));
  }

  const close = () => {
    receipts.stop();
    return server.close();
  };
  return {
    listen: server.listen,
    accept: server.accept,
    submitted,
    counts: desk.counts,
    receiptCounts: receipts.counts,
    peers: server.peers,
    deliverText,
    close,
    destroy() {
      receipts.stop();
      return server.destroy();
    },
    [Symbol.asyncDispose]: close,
  };
}

function authenticate({ accounts }: SmscSettings, systemId: string, password: string): number {
  if (accounts === undefined) return ESME_ROK;
  if (!Object.hasOwn(accounts, systemId)) return ESME_RINVSYSID;
  return accounts[systemId] === password ? ESME_ROK : ESME_RINVPASWD;
}
