/** What a start and a further send have in common: the resend of a live code, and what follows the commit. */
import { addressKindOf, type MessageChannel } from '../core/channel.ts';
import type { Message, MessageContent } from '../core/delivery.ts';
import { EngineError } from '../core/errors.ts';
import type { Principal } from '../core/principal.ts';
import type { Counter } from '../core/rate-limit.ts';
import type { Refusal, Verification } from '../core/verification.ts';
import type { NewEvent } from '../core/webhook.ts';
import { chargeMessage } from './charge.ts';
import type { Idempotency } from './commands.ts';
import { composeText, parseCodeText } from './compose-text.ts';
import { aboutVerification, type EngineContext, makeEvent } from './context.ts';
import type { StartReply } from './engine.ts';
import { recordOf } from './idempotency.ts';
import { type MessageOrder, makeCodeMessage } from './make-message.ts';
import type { Transaction } from './ports.ts';
import { getMessageView } from './read-messages.ts';
import { getVerification } from './read-verifications.ts';
import { openTo, sealContext, toMessageView, toVerificationView } from './views.ts';

/** A send that has been allowed, about to be written. */
export interface CodeSend extends MessageOrder {
  readonly counters: readonly Counter[];
  readonly idempotency?: Idempotency;
  /** Carriers that had their turn: passed over where there are others. */
  readonly avoid?: readonly string[];
}

export type SendResult =
  | {
      readonly kind: 'sent';
      readonly verification: Verification;
      readonly message: Message;
      readonly to: string;
      readonly content: MessageContent;
      readonly events: readonly NewEvent[];
    }
  | { readonly kind: 'replay'; readonly verificationId: string; readonly messageId: string };

/** Writes one more message with the code of a live verification. */
export async function resend(
  context: EngineContext,
  tx: Transaction,
  verification: Verification,
  channel: MessageChannel,
  order: CodeSend,
): Promise<SendResult> {
  const { keyring } = context;
  assertSameAddress(channel, verification.channel);
  if (!verification.contentSealed)
    throw new EngineError('verification_settled', 'The code is no longer kept.');
  const to = openTo(verification, keyring);
  const text = parseCodeText(
    keyring.open(verification.contentSealed, sealContext.verificationContent(verification.id)),
  );
  const composed = composeText(text, channel, verification.details.policy);
  const made = makeCodeMessage(context, verification, channel, to, composed, order);
  const message = order.avoid ? { ...made, triedCarriers: order.avoid } : made;
  const sendCount = verification.sendCount + 1;
  const events = [
    makeEvent(context, 'verification.resent', aboutVerification(verification, message.id), order.nowMs, {
      channel,
      sendCount,
    }),
  ];
  await chargeMessage(context, tx, message, to, order.nowMs);
  await tx.saveSend({
    resend: { verificationId: verification.id, sendCount, lastSendAtMs: order.nowMs },
    message,
    counters: order.counters,
    idempotency: recordOf(order, verification.tenantId, {
      verificationId: verification.id,
      messageId: message.id,
    }),
    events,
  });
  return {
    kind: 'sent',
    verification: { ...verification, sendCount, lastSendAtMs: order.nowMs },
    message,
    to,
    content: composed.content,
    events,
  };
}

/** After the commit: hand the message over, tell the log, and show the caller what there is. */
export async function finishSend(
  context: EngineContext,
  principal: Principal,
  result: SendResult,
): Promise<StartReply> {
  if (result.kind === 'replay') {
    const [verification, message] = await Promise.all([
      getVerification(context, principal, result.verificationId),
      getMessageView(context, principal, result.messageId),
    ]);
    return { verification, message, isReplay: true };
  }
  const { verification, message, to } = result;
  announceSend(context, result);
  return {
    verification: toVerificationView(verification, to, [message], context.clock()),
    message: toMessageView(message, to),
    isReplay: false,
  };
}

/** Hands a committed message over and tells the log. */
export function announceSend(
  { outbox, announce }: EngineContext,
  { message, to, content, events }: Extract<SendResult, { kind: 'sent' }>,
): void {
  if (message.lease) outbox.offer({ message, to, content });
  announce(events);
}

/** @throws EngineError `channel_unavailable`: an e-mail address has no telephone, and a number no mailbox */
export function assertSameAddress(channel: MessageChannel, known: MessageChannel): void {
  if (addressKindOf(channel) === addressKindOf(known)) return;
  throw new EngineError('channel_unavailable', 'The address cannot be reached by this channel.', {
    field: 'channel',
  });
}

export function refusalOf(refusal: Refusal): EngineError {
  return new EngineError(refusal.code, REFUSAL_TEXTS[refusal.code] ?? 'This is not possible now.', {
    retryAfterSeconds: refusal.retryAfterSeconds,
  });
}

const REFUSAL_TEXTS: Partial<Record<Refusal['code'], string>> = {
  verification_settled: 'This verification is settled.',
  verification_pending: 'A verification of this recipient is still pending.',
  send_too_soon: 'The last code was sent a moment ago and is still valid.',
  sends_exhausted: 'The code has been sent as often as it may be; it is still valid.',
};
