import type { MessageContent } from '../core/delivery.ts';
import { EngineError } from '../core/errors.ts';
import type { Principal } from '../core/principal.ts';
import { countSegments } from '../core/segments.ts';
import { destinationOf, readAddress } from './address.ts';
import { chargeMessage } from './charge.ts';
import type { MessageCommand } from './commands.ts';
import { aboutMessage, type EngineContext, makeEvent } from './context.ts';
import type { MessageReply } from './engine.ts';
import { keyed, recordOf, replayOf } from './idempotency.ts';
import { countSend, limitsFor } from './limits.ts';
import { makeMessage } from './make-message.ts';
import { getMessageView } from './read-messages.ts';
import { prepareRequestWebhook } from './request-webhook.ts';
import { assertRouted } from './router.ts';
import { toMessageView } from './views.ts';

/** A text of the caller's is worth sending for a day unless told. */
const DEFAULT_TTL_SECONDS = 86_400;
/** Ten parts: beyond that carriers cut or refuse. */
const BODY_CHARS_MAX = 1_530;

/** Sends a text with no code of ours and tracks it. The text may hold the caller's own code, so it is kept sealed. */
export async function sendMessage(
  context: EngineContext,
  principal: Principal,
  command: MessageCommand,
): Promise<MessageReply> {
  const { store, clock, keyring } = context;
  const segments = command.channel === 'sms' ? countSegments(command.body).segments : 1;
  const isTooLong = command.segmentsMax !== undefined && segments > command.segmentsMax;
  const content = readContent(command, isTooLong);
  const address = readAddress(command.to, command.channel, command.policy, principal.tenant, keyring);
  const destination = destinationOf(context.settingsOf, principal, command, address);
  assertRouted(context.router, destination);
  const tenantId = principal.tenant.id;
  const { limits } = context.settingsOf(principal.tenant);
  const applied = limitsFor(limits, { tenantId, ...address, clientIp: command.clientIp });
  const webhook = await prepareRequestWebhook(context, tenantId, command.webhook);

  const repeat = keyed(context.keyring, principal, command.idempotency);
  const result = await store.transaction(async (tx) => {
    const nowMs = clock();
    const snapshot = await tx.loadSend({
      tenantId,
      recipientId: address.recipientId,
      counterKeys: applied.map(({ key }) => key),
      idempotencyKey: repeat?.key,
    });
    const earlier = replayOf(snapshot.idempotency, repeat);
    if (earlier) return { kind: 'replay', messageId: earlier.messageId } as const;
    const counters = countSend(applied, snapshot.counters, nowMs);
    const drafted = makeMessage(context, {
      tenantId,
      recipientId: address.recipientId,
      dialect: command.dialect,
      mode: principal.mode,
      channel: command.channel,
      segments,
      notAfterMs: nowMs + (command.ttlSeconds ?? DEFAULT_TTL_SECONDS) * 1000,
      to: address.to,
      content,
      nowMs,
      details: {
        sender: destination.sender,
        country: address.country,
        segmentsMax: command.segmentsMax,
        clientReference: command.clientReference,
        metadata: command.metadata,
        webhook: webhook && { endpointId: webhook.id, format: webhook.format },
        keepsContent: true,
      },
    });
    const message = isTooLong
      ? {
          ...drafted,
          state: 'failed' as const,
          nextAttemptAtMs: undefined,
          lease: undefined,
          details: { ...drafted.details, failure: 'too-many-segments' },
        }
      : drafted;
    const subject = aboutMessage(message);
    const events = [
      makeEvent(context, 'message.created', subject, nowMs, {
        channel: command.channel,
        dialect: command.dialect,
      }),
      ...(isTooLong
        ? [
            makeEvent(context, 'message.failed', subject, nowMs, {
              ...{ channel: command.channel, reason: 'too-many-segments' },
            }),
          ]
        : []),
    ];
    const idempotency = recordOf({ idempotency: repeat, nowMs }, tenantId, {
      messageId: message.id,
    });
    await chargeMessage(context, tx, message, address.to, nowMs);
    await tx.saveSend({ message, counters, idempotency, webhook, events });
    return { kind: 'sent', message, events } as const;
  });

  if (result.kind === 'replay') {
    return { message: await getMessageView(context, principal, result.messageId), isReplay: true };
  }
  const { message, events } = result;
  if (message.lease) context.outbox.offer({ message, to: address.to, content });
  context.announce(events);
  return { message: toMessageView(message, address.to, command.body), isReplay: false };
}

/** @param isTooLong the message is recorded as failed and never sent, so its length does no harm */
function readContent(command: MessageCommand, isTooLong: boolean): MessageContent {
  if (command.body === '') throw new EngineError('invalid_request', 'The text is empty.', { field: 'body' });
  if (command.channel !== 'email' && !isTooLong && command.body.length > BODY_CHARS_MAX) {
    throw new EngineError('message_too_long', `The text has more than ${BODY_CHARS_MAX} characters.`, {
      field: 'body',
    });
  }
  return { body: command.body, subject: command.subject };
}
