import { addressKindOf, type MessageChannel } from '../core/channel.ts';
import { makeCode } from '../core/code.ts';
import type { Principal } from '../core/principal.ts';
import { decideStart, type Verification } from '../core/verification.ts';
import type { WebhookEndpoint } from '../core/webhook.ts';
import { type Address, destinationOf, readAddress } from './address.ts';
import { chargeMessage } from './charge.ts';
import type { StartCommand } from './commands.ts';
import { type CodeText, composeText, resolveText } from './compose-text.ts';
import { aboutVerification, type EngineContext, makeEvent, noteCanceled } from './context.ts';
import type { StartReply } from './engine.ts';
import { keyed, recordOf, replayOf } from './idempotency.ts';
import { assertBudgetOpen, countSend, limitsFor } from './limits.ts';
import { makeCodeMessage } from './make-message.ts';
import {
  assertSameAddress,
  type CodeSend,
  finishSend,
  refusalOf,
  resend,
  type SendResult,
} from './order-send.ts';
import { prepareRequestWebhook } from './request-webhook.ts';
import { assertRouted, type Destination } from './router.ts';
import { firstFallback } from './run-fallbacks.ts';
import { sealContext } from './views.ts';

/** Of callers who keep no purposes apart. */
export const DEFAULT_PURPOSE = 'default';

/**
 * Begins a verification, or sends the live one's code again, as the policy's `onPending` says. The code, its hash
 * and its text are made before the transaction; inside it nothing waits for anything but the store.
 */
export async function startVerification(
  context: EngineContext,
  principal: Principal,
  command: StartCommand,
): Promise<StartReply> {
  return finishSend(context, principal, await orderStart(context, principal, command));
}

/** All of a start up to its commit. What follows it is `finishSend`. */
export async function orderStart(
  context: EngineContext,
  principal: Principal,
  asked: StartCommand,
): Promise<SendResult> {
  const { store, clock, keyring } = context;
  const address = readAddress(asked.to, asked.channel, asked.policy, principal, keyring);
  const destinationBy = (channel: MessageChannel) =>
    destinationOf(context.settingsOf, principal, { channel, sender: asked.sender }, address);
  const command = withPossibleFallback(context, asked, destinationBy);
  for (const { channel } of [command, ...(command.policy.fallback ?? [])]) {
    assertSameAddress(channel, command.channel);
    assertRouted(context.router, destinationBy(channel));
  }
  const { sender } = destinationBy(command.channel);
  const applied = limitsFor(context.settingsOf(principal.tenant).limits, {
    tenantId: principal.tenant.id,
    mode: principal.mode,
    ...address,
    clientIp: command.clientIp,
  });
  const purpose = command.purpose ?? DEFAULT_PURPOSE;
  const draft = await draftOf(context, principal, command, address, purpose);

  const repeat = keyed(keyring, principal, command.idempotency);

  return store.transaction(async (tx): Promise<SendResult> => {
    const nowMs = clock();
    const snapshot = await tx.loadSend({
      tenantId: principal.tenant.id,
      recipientId: address.recipientId,
      purpose,
      counterKeys: applied.map(({ key }) => key),
      idempotencyKey: repeat?.key,
    });
    const earlier = replayOf(snapshot.idempotency, repeat);
    if (earlier) return { kind: 'replay', ...earlier };
    assertBudgetOpen(snapshot.budget, nowMs);
    // What a live key began would go out through real carriers again, so a test key does not take it up, nor the reverse.
    const pending = snapshot.verification?.mode === principal.mode ? snapshot.verification : undefined;
    const decision = decideStart(pending, command.policy.onPending, nowMs);
    if (decision.kind === 'refuse') throw refusalOf(decision);
    const counters = countSend(applied, snapshot.counters, nowMs);
    const order = { counters, idempotency: repeat, nowMs, sender };
    if (decision.kind === 'resend') {
      return resend(context, tx, decision.verification, command.channel, order);
    }
    return create(context, tx, draft, decision.cancels, order);
  });
}

/** Leaves out the optional steps by which this address cannot be reached. */
function withPossibleFallback(
  { router }: EngineContext,
  command: StartCommand,
  destinationBy: (channel: MessageChannel) => Destination,
): StartCommand {
  const { channel: first, policy } = command;
  if (!policy.fallback?.some(({ isOptional }) => isOptional)) return command;
  const fallback = policy.fallback.filter(
    ({ channel, isOptional }) =>
      !isOptional ||
      (addressKindOf(channel) === addressKindOf(first) &&
        router.candidates(destinationBy(channel)).length > 0),
  );
  return { ...command, policy: { ...policy, fallback } };
}

/** A verification and its text before it is known whether they are needed. */
interface Draft {
  readonly verification: Verification;
  readonly text: CodeText;
  readonly to: string;
  readonly webhook?: WebhookEndpoint;
}

async function draftOf(
  context: EngineContext,
  principal: Principal,
  command: StartCommand,
  address: Address,
  purpose: string,
): Promise<Draft> {
  const { policy } = command;
  const text: CodeText = {
    code: makeCode(context.randomBytes, policy.codeAlphabet, policy.codeLength),
    text: await resolveText(context.texts, principal.tenant, command.text),
  };
  const webhook = await prepareRequestWebhook(context, principal.tenant.id, command.webhook);
  const id = context.makeId();
  const nowMs = context.clock();
  return {
    to: address.to,
    text,
    webhook,
    verification: {
      id,
      tenantId: principal.tenant.id,
      recipientId: address.recipientId,
      purpose,
      dialect: command.dialect,
      mode: principal.mode,
      channel: command.channel,
      state: 'pending',
      checkCount: 0,
      sendCount: 1,
      lastSendAtMs: nowMs,
      createdAtMs: nowMs,
      expiresAtMs: nowMs + policy.ttlSeconds * 1000,
      codeHash: context.keyring.hashCode(id, text.code),
      toSealed: context.keyring.seal(address.to, sealContext.verificationTo(id)),
      contentSealed: context.keyring.seal(JSON.stringify(text), sealContext.verificationContent(id)),
      details: {
        policy,
        country: address.country,
        sender: command.sender,
        clientReference: command.clientReference,
        metadata: command.metadata,
        webhook: webhook && { endpointId: webhook.id, format: webhook.format },
      },
    },
  };
}

async function create(
  context: EngineContext,
  tx: Parameters<typeof resend>[1],
  { verification, text, to, webhook }: Draft,
  canceled: Verification | undefined,
  order: CodeSend,
): Promise<SendResult> {
  const composed = composeText(text, verification.channel, verification.details.policy);
  const message = makeCodeMessage(context, verification, verification.channel, to, composed, order);
  const events = [
    ...(canceled
      ? [makeEvent(context, 'verification.canceled', aboutVerification(canceled), order.nowMs)]
      : []),
    makeEvent(context, 'verification.created', aboutVerification(verification), order.nowMs, {
      channel: verification.channel,
      dialect: verification.dialect,
    }),
  ];
  await chargeMessage(context, tx, message, to, order.nowMs);
  const fallback = firstFallback(verification);
  if (fallback) await tx.saveFallback(fallback);
  const canceledMessages = await tx.saveSend({
    verification,
    settle: canceled && { verificationId: canceled.id, state: 'canceled', settledAtMs: order.nowMs },
    message,
    counters: order.counters,
    idempotency: recordOf(order, verification.tenantId, {
      verificationId: verification.id,
      messageId: message.id,
    }),
    webhook,
    events,
  });
  const taken = canceled ? await noteCanceled(context, tx, canceled, canceledMessages, order.nowMs) : [];
  return {
    kind: 'sent',
    verification,
    message,
    to,
    content: composed.content,
    events: [...events, ...taken],
  };
}
