import type { MessageChannel } from '../core/channel.ts';
import type { Message } from '../core/delivery.ts';
import type { Verification } from '../core/verification.ts';
import type { ComposedText } from './compose-text.ts';
import type { EngineContext } from './context.ts';
import { sealContext } from './views.ts';

/** When a message is ordered, and whom it comes from where its verification names no sender. */
export interface MessageOrder {
  readonly nowMs: number;
  readonly sender?: string;
}

/** The message that carries a verification's code: worthless once the code is. */
export function makeCodeMessage(
  context: EngineContext,
  verification: Verification,
  channel: MessageChannel,
  to: string,
  composed: ComposedText,
  { nowMs, sender }: MessageOrder,
): Message {
  const { details } = verification;
  return makeMessage(context, {
    tenantId: verification.tenantId,
    verificationId: verification.id,
    recipientId: verification.recipientId,
    dialect: verification.dialect,
    mode: verification.mode,
    channel,
    segments: composed.segments,
    notAfterMs: verification.expiresAtMs,
    to,
    content: composed.content,
    nowMs,
    details: {
      sender: details.sender ?? sender,
      country: details.country,
      locale: composed.locale,
      template: composed.template,
      clientReference: details.clientReference,
      webhook: details.webhook,
    },
  });
}

export type NewMessage = Pick<
  Message,
  | 'tenantId'
  | 'verificationId'
  | 'recipientId'
  | 'dialect'
  | 'mode'
  | 'channel'
  | 'segments'
  | 'notAfterMs'
  | 'details'
> & { readonly to: string; readonly content: ComposedText['content']; readonly nowMs: number };

export function makeMessage(context: EngineContext, { to, content, nowMs, ...rest }: NewMessage): Message {
  const id = context.makeId();
  return {
    ...rest,
    id,
    state: 'queued',
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    nextAttemptAtMs: nowMs,
    attemptCount: 0,
    triedCarriers: [],
    lease: context.outbox.leaseForNew(nowMs),
    toSealed: context.keyring.seal(to, sealContext.messageTo(id)),
    contentSealed: context.keyring.seal(JSON.stringify(content), sealContext.messageContent(id)),
  };
}
