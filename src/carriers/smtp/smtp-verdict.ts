/**
 * What a mail server’s answer, or the lack of one, means. The message’s content leaves last, in one go; only where the
 * connection certainly did not get that far has nothing been sent.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5321#section-4.2.1
 */
import { toReason, type Verdict } from '../kit/verdict.ts';

/** Faults before or beside a session, by the client’s own names. @see https://nodemailer.com/errors */
const BEFORE_SENDING: Readonly<Record<string, 'temporary' | 'account'>> = {
  EDNS: 'temporary',
  ETLS: 'temporary',
  EAUTH: 'account',
  ENOAUTH: 'account',
  ECONFIG: 'account',
  EENVELOPE: 'temporary',
};

const CONNECTING: ReadonlySet<unknown> = new Set(['CONNECT_TIMEOUT', 'GREETING_TIMEOUT', 'UPGRADE_TIMEOUT']);

/** A certificate that was not trusted, or a handshake that failed: TLS comes before the message. */
const CERTIFICATE = /CERT|^UNABLE_TO_|^ERR_(?:TLS|SSL)/;

/** What the client hangs on its errors, none of it promised. */
interface SendFault {
  readonly code?: unknown;
  readonly command?: unknown;
  readonly responseCode?: unknown;
  readonly response?: unknown;
  readonly syscall?: unknown;
  /** What it was before the client gave it a name of its own. */
  readonly originalCode?: unknown;
  readonly timeoutType?: unknown;
}

export function verdictOfSendFault(error: Error): Verdict {
  const fault: SendFault = Object.fromEntries(Object.entries(error));
  const { code, responseCode } = fault;
  if (typeof responseCode === 'number') return verdictOfReply(responseCode, fault);
  const known =
    typeof code === 'string' && Object.hasOwn(BEFORE_SENDING, code) ? BEFORE_SENDING[code] : undefined;
  if (known !== undefined)
    return { kind: 'error', class: known, reason: toReason('smtp', String(code).slice(1)) };
  if (typeof fault.originalCode === 'string' && CERTIFICATE.test(fault.originalCode)) {
    return { kind: 'error', class: 'temporary', reason: 'tls' };
  }
  if (fault.syscall === 'connect' || CONNECTING.has(fault.timeoutType)) {
    return { kind: 'error', class: 'temporary', reason: 'connect' };
  }
  return { kind: 'error', class: 'unknown', reason: 'network' };
}

function verdictOfReply(replyCode: number, { code, command, response }: SendFault): Verdict {
  const reason = toReason('smtp', [replyCode, ...enhancedCode(response)].join('-'));
  const isOfSession =
    code === 'EAUTH' || command === 'CONN' || /^(?:EHLO|HELO|STARTTLS|AUTH)/.test(String(command));
  // 503 says that the session was out of step, not that the message is bad.
  if (replyCode < 500 || replyCode === 503) return { kind: 'error', class: 'temporary', reason };
  // 530 wants a log-in or TLS first, whatever command it answers.
  if (isOfSession || replyCode === 530) return { kind: 'error', class: 'account', reason };
  return { kind: 'error', class: 'permanent', reason };
}

/** `5.1.1` as it stands behind the reply code. @see https://www.rfc-editor.org/rfc/rfc3463 */
function enhancedCode(response: unknown): readonly string[] {
  const match = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(typeof response === 'string' ? response : '');
  return match?.[1] === undefined ? [] : [match[1]];
}
