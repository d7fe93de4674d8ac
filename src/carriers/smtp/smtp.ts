/**
 * E-mail through a mail server, by pooled connections. The server’s word that it has taken a message is the last that is
 * heard of it: bounces go to the sender’s mailbox, so there are no receipts.
 */
import type { SubmitOutcome } from '../../core/delivery.ts';
import { parseMailbox } from '../../core/mailbox.ts';
import type { Carrier, OutboundMessage } from '../../engine/ports.ts';
import type { CarrierDeps } from '../carrier-kind.ts';
import { createHealthKeeper } from '../kit/carrier-health.ts';
import { createPacer } from '../kit/pacer.ts';
import { toOutcome } from '../kit/verdict.ts';
import { toHtml } from './html-body.ts';
import { createMailTransport, type MailTransport } from './mail-transport.ts';
import { chooseSender, domainOf } from './mailbox.ts';
import type { SmtpSettings } from './settings.ts';
import { verdictOfSendFault } from './smtp-verdict.ts';

const CONNECTIONS = 5;
const TIMEOUT_SECONDS = 15;
const ID_BYTES = 16;

export function createSmtp(id: string, settings: SmtpSettings, deps: CarrierDeps): Carrier {
  const { clock, timers } = deps;
  const { connections = CONNECTIONS, messagesPerSecond, timeoutSeconds = TIMEOUT_SECONDS } = settings;
  const logger = deps.logger.child({ carrier: id });
  const health = createHealthKeeper(clock);
  const pacer = createPacer({ clock, timers, concurrentMax: connections, messagesPerSecond });
  const closing = new AbortController();
  let transport: Promise<MailTransport> | undefined;

  const send = async (message: OutboundMessage, signal: AbortSignal): Promise<SubmitOutcome> => {
    const deadline = new AbortController();
    const timer = timers.setTimeout(() => deadline.abort(), timeoutSeconds * 1000);
    const messageId = `${Buffer.from(deps.randomBytes(ID_BYTES)).toString('hex')}@${domainOf(fromOf(settings, message).address)}`;
    try {
      transport ??= createMailTransport(settings, connections);
      const mail = toMail(settings, message, messageId);
      await (await transport).send(mail, AbortSignal.any([signal, deadline.signal]));
      const accepted = { kind: 'accepted', carrierMessageIds: [messageId] } as const;
      health.record(accepted);
      return accepted;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const verdict = signal.aborted
        ? ({ kind: 'error', class: 'unknown', reason: 'aborted' } as const)
        : deadline.signal.aborted
          ? ({ kind: 'error', class: 'unknown', reason: 'timeout' } as const)
          : verdictOfSendFault(error);
      health.record(verdict);
      return toOutcome(verdict);
    } finally {
      timers.clearTimeout(timer);
    }
  };

  const submit = async (message: OutboundMessage, signal: AbortSignal): Promise<SubmitOutcome> => {
    const turn = await pacer.enter(signal);
    if (turn.kind === 'aborted') return refusedForNow('aborted');
    if (turn.kind === 'full') return { ...refusedForNow('rate-limited'), retryAfterMs: turn.retryAfterMs };
    try {
      return await send(message, signal);
    } finally {
      turn.leave();
    }
  };

  return {
    id,
    kind: 'smtp',
    channels: ['email'],
    isSimulated: false,
    async submit(message, signal) {
      if (closing.signal.aborted) return refusedForNow('closed');
      if (signal.aborted) return refusedForNow('aborted');
      try {
        return await submit(message, AbortSignal.any([signal, closing.signal]));
      } catch (error) {
        logger.error({ err: error, messageId: message.id }, 'a submit failed unexpectedly');
        return { kind: 'unknown', reason: 'internal-fault' };
      }
    },
    health: () => (closing.signal.aborted ? { state: 'down', detail: 'closed' } : health.current()),
    async [Symbol.asyncDispose]() {
      closing.abort();
      (await transport)?.close();
    },
  };
}

function fromOf({ from, fromByTenant, senderDomains = [] }: SmtpSettings, message: OutboundMessage) {
  const usual = parseMailbox(fromByTenant?.[message.tenantId] ?? from) ?? { name: '', address: from };
  return chooseSender(usual, message.sender, senderDomains);
}

function toMail(settings: SmtpSettings, message: OutboundMessage, messageId: string) {
  const { body: text, code, locale } = message;
  const subject = withoutCode(message.subject ?? '', code);
  return {
    from: fromOf(settings, message),
    to: { name: '', address: message.to },
    subject,
    text,
    html: toHtml({ text, subject, code, locale }),
    messageId: `<${messageId}>`,
    // RFC 3834 §5, and the same for Exchange: nobody’s vacation notice is wanted.
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
  };
}

/** A subject shows on lock screens and in logs of mail servers. Templates keep the code out of it; so does this. */
function withoutCode(subject: string, code: string | undefined): string {
  return code === undefined || code === '' ? subject : subject.replaceAll(code, '…');
}

function refusedForNow(reason: string): Extract<SubmitOutcome, { kind: 'refused' }> {
  return { kind: 'refused', reason, permanent: false };
}
