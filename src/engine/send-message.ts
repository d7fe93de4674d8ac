import type { Message, MessageContent } from '../core/delivery.ts';
import { EngineError } from '../core/errors.ts';
import type { Principal } from '../core/principal.ts';
import { countSegments } from '../core/segments.ts';
import type { NewEvent, WebhookEndpoint } from '../core/webhook.ts';
import { type Address, destinationOf, readAddress } from './address.ts';
import { chargeMessage } from './charge.ts';
import type { MessageCommand } from './commands.ts';
import { aboutMessage, type EngineContext, makeEvent } from './context.ts';
import type { MessageReply } from './engine.ts';
import { keyed, recordOf, replayOf } from './idempotency.ts';
import { countSend, limitsFor } from './limits.ts';
import { makeMessage } from './make-message.ts';
import { getMessageView } from './read-messages.ts';
import { prepareRequestWebhook } from './request-webhook.ts';
import { assertRouted, type Destination } from './router.ts';
import { toMessageView } from './views.ts';

/** A text of the caller's is worth sending for a day unless told. */
const DEFAULT_TTL_SECONDS = 86_400;
const TOO_MANY_SEGMENTS = 'too-many-segments';
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
  const content = readContent(command, hasTooMany(segments, command));
  const address = readAddress(command.to, command.channel, command.policy, principal, keyring);
  const destination = destinationOf(context.settingsOf, principal, command, address);
  assertRouted(context.router, destination);
  const tenantId = principal.tenant.id;
  const { limits } = context.settingsOf(principal.tenant);
  const applied = limitsFor(limits, {
    ...{ tenantId, mode: principal.mode },
    ...address,
    clientIp: command.clientIp,
  });
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
    const message = draftOf(context, principal, command, {
      address,
      destination,
      content,
      segments,
      webhook,
      nowMs,
    });
    const events = eventsOf(context, message, nowMs);
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

interface Draft {
  readonly address: Address;
  readonly destination: Destination;
  readonly content: MessageContent;
  readonly segments: number;
  readonly webhook?: WebhookEndpoint;
  readonly nowMs: number;
}

/** The message as it is written: failed from the start where it has more segments than the caller allows. */
function draftOf(
  context: EngineContext,
  principal: Principal,
  command: MessageCommand,
  { address, destination, content, segments, webhook, nowMs }: Draft,
): Message {
  const message = makeMessage(context, {
    tenantId: principal.tenant.id,
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
  if (!hasTooMany(segments, command)) return message;
  const details = { ...message.details, failure: TOO_MANY_SEGMENTS };
  return { ...message, state: 'failed', nextAttemptAtMs: undefined, lease: undefined, details };
}

function eventsOf(context: EngineContext, message: Message, nowMs: number): readonly NewEvent[] {
  const { channel, dialect, state, details } = message;
  const subject = aboutMessage(message);
  const created = makeEvent(context, 'message.created', subject, nowMs, { channel, dialect });
  if (state !== 'failed' || details.failure === undefined) return [created];
  return [
    created,
    makeEvent(context, 'message.failed', subject, nowMs, { channel, reason: details.failure }),
  ];
}

function hasTooMany(segments: number, { segmentsMax }: MessageCommand): boolean {
  return segmentsMax !== undefined && segments > segmentsMax;
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
