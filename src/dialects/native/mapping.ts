/** Between the native wire and the engine's words: pure, in both directions. */
import { NATIVE_FORMAT } from '../../core/callback.ts';
import type { MessageChannel } from '../../core/channel.ts';
import type { Event } from '../../core/events.ts';
import type { Policy } from '../../core/policy.ts';
import type { TemplateInput, TenantTemplate } from '../../core/tenant-template.ts';
import type {
  CheckReply,
  Idempotency,
  MessageCommand,
  MessageView,
  StartCommand,
  VerificationView,
  WebhookChoice,
} from '../../engine/engine.ts';
import { toIso } from '../../lib/time.ts';
import type { MessageBody } from './message-schema.ts';
import type { TemplateBody } from './template-schema.ts';
import type { StartBody } from './verification-schema.ts';

export const DIALECT = 'native';

function toChannel(channel: MessageChannel | undefined, to: string): MessageChannel {
  return channel ?? (to.includes('@') ? 'email' : 'sms');
}

/** @param policy what holds where the body does not say */
export function toStartCommand(
  body: StartBody,
  policy: Policy,
  idempotency: Idempotency | undefined,
): StartCommand {
  const { to, channel, locale, brand, webOtpDomain, androidAppHash, template } = body;
  return {
    dialect: DIALECT,
    to,
    channel: toChannel(channel, to),
    purpose: body.purpose,
    policy: {
      ...policy,
      codeAlphabet: body.codeAlphabet ?? policy.codeAlphabet,
      codeLength: body.codeLength ?? policy.codeLength,
      ttlSeconds: body.ttlSeconds ?? policy.ttlSeconds,
      checksMax: body.checksMax ?? policy.checksMax,
      ...(body.fallback && { fallback: body.fallback }),
    },
    text: { kind: 'template', name: template, locale, brand, webOtpDomain, androidAppHash },
    sender: body.sender,
    clientReference: body.clientReference,
    clientIp: body.clientIp,
    metadata: body.metadata,
    ...toWebhookChoice(body.webhook),
    idempotency,
  };
}

export function toMessageCommand(
  body: MessageBody,
  policy: Policy,
  idempotency: Idempotency | undefined,
): MessageCommand {
  const { numberStrictness, callingCodes, refusedNumberTypes } = policy;
  const { channel, webhook, ...rest } = body;
  return {
    ...rest,
    ...toWebhookChoice(webhook),
    dialect: DIALECT,
    channel: toChannel(channel, body.to),
    policy: { numberStrictness, callingCodes, refusedNumberTypes },
    idempotency,
  };
}

function toWebhookChoice(url: string | undefined): { readonly webhook?: WebhookChoice } {
  return url === undefined ? {} : { webhook: { url, format: NATIVE_FORMAT } };
}

export function toTemplateInput(name: string, body: TemplateBody): TemplateInput {
  return { ...body, name, isDefault: body.isDefault ?? false };
}

export function fromVerification(view: VerificationView) {
  const { state, createdAtMs, expiresAtMs, settledAtMs, warnings } = view;
  return {
    id: view.id,
    status: state,
    to: view.to,
    recipientId: view.recipientId,
    channel: view.channel,
    purpose: view.purpose,
    mode: view.mode,
    codeLength: view.codeLength,
    checksLeft: view.checksLeft,
    sendsLeft: view.sendsLeft,
    expiresAt: toIso(expiresAtMs),
    createdAt: toIso(createdAtMs),
    settledAt: settledAtMs === undefined ? undefined : toIso(settledAtMs),
    clientReference: view.clientReference,
    metadata: view.metadata,
    warnings: warnings.length === 0 ? undefined : [...warnings],
    messages: view.messages?.map(fromMessageOfVerification),
  };
}

export function fromCheck({ outcome, checksLeft, verification }: CheckReply) {
  return { outcome, checksLeft, verification: fromVerification(verification) };
}

function fromMessageOfVerification(view: MessageView) {
  return {
    id: view.id,
    channel: view.channel,
    status: view.state,
    carrier: view.carrier,
    sender: view.sender,
    segments: view.segments,
    failure: view.failure,
    createdAt: toIso(view.createdAtMs),
    updatedAt: toIso(view.updatedAtMs),
  };
}

export function fromMessage(view: MessageView) {
  return {
    ...fromMessageOfVerification(view),
    verificationId: view.verificationId,
    to: view.to,
    mode: view.mode,
    clientReference: view.clientReference,
    metadata: view.metadata,
    body: view.body,
  };
}

export function fromEvent(event: Event) {
  const { id, type, verificationId, messageId, atMs, data } = event;
  return { id, type, verificationId, messageId, createdAt: toIso(atMs), data };
}

export function fromTemplate(template: TenantTemplate) {
  const { name, bodies, defaultLocale, subject, isDefault, updatedAtMs } = template;
  return { name, bodies, defaultLocale, subject, isDefault, updatedAt: toIso(updatedAtMs) };
}
