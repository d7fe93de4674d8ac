/**
 * What the engine shows of a verification or message: addresses opened, codes never. Instants are epoch
 * milliseconds; a dialect turns them into its own words.
 */
import type { MessageChannel } from '../core/channel.ts';
import type { Message, MessageState } from '../core/delivery.ts';
import type { KeyMode } from '../core/principal.ts';
import {
  checksLeft,
  sendsLeft,
  stateAt,
  type Verification,
  type VerificationState,
} from '../core/verification.ts';
import type { Keyring } from '../lib/keyring.ts';

export interface VerificationView {
  readonly id: string;
  readonly state: VerificationState;
  /** E.164 or an e-mail address. */
  readonly to: string;
  readonly recipientId: string;
  readonly channel: MessageChannel;
  readonly mode: KeyMode;
  readonly purpose: string;
  readonly codeLength: number;
  readonly checksLeft: number;
  readonly sendsLeft: number;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly settledAtMs?: number;
  readonly clientReference?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Oldest first. Present where a single verification is shown, absent in lists. */
  readonly messages?: readonly MessageView[];
  readonly warnings: readonly Warning[];
}

export interface MessageView {
  readonly id: string;
  readonly verificationId?: string;
  readonly to: string;
  readonly recipientId: string;
  readonly channel: MessageChannel;
  readonly mode: KeyMode;
  readonly state: MessageState;
  readonly carrier?: string;
  readonly sender?: string;
  readonly segments: number;
  /** More segments than this end the message as failed; absent where the caller set no bound. */
  readonly segmentsMax?: number;
  readonly failure?: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly clientReference?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** The text of a message that holds no code of ours, while it is kept. */
  readonly body?: string;
  /** The URL that its call named; present where a single message is shown. */
  readonly webhook?: string;
}

/** Something that the caller should know but that does not stop the send. */
export type Warning = 'several-segments';

/** Where a sealed value lives; a value copied to another row does not open. */
export const sealContext = {
  verificationTo: (id: string) => `verifications.to:${id}`,
  verificationContent: (id: string) => `verifications.content:${id}`,
  messageTo: (id: string) => `messages.to:${id}`,
  messageContent: (id: string) => `messages.content:${id}`,
  deviceContent: (id: string) => `devices.content:${id}`,
  signingKey: (kid: string) => `signing_keys.private:${kid}`,
  webhookUrl: (endpointId: string) => `webhook_endpoints.url:${endpointId}`,
  webhookSecrets: (endpointId: string) => `webhook_endpoints.secrets:${endpointId}`,
  requestSecrets: (tenantId: string) => `webhook_secrets.secrets:${tenantId}`,
} as const;

/** The address of a verification, for whoever does not have it at hand. */
export function openTo({ id, toSealed }: Verification, keyring: Keyring): string {
  return keyring.open(toSealed, sealContext.verificationTo(id));
}

export function toVerificationView(
  verification: Verification,
  to: string,
  messages: readonly Message[] | undefined,
  nowMs: number,
): VerificationView {
  const { details } = verification;
  const state = stateAt(verification, nowMs);
  return {
    id: verification.id,
    state,
    to,
    recipientId: verification.recipientId,
    channel: verification.channel,
    mode: verification.mode,
    purpose: verification.purpose,
    codeLength: details.policy.codeLength,
    checksLeft: checksLeft(verification, nowMs),
    sendsLeft: sendsLeft(verification, nowMs),
    createdAtMs: verification.createdAtMs,
    expiresAtMs: verification.expiresAtMs,
    settledAtMs: verification.settledAtMs ?? (state === 'expired' ? verification.expiresAtMs : undefined),
    clientReference: details.clientReference,
    metadata: details.metadata,
    messages: messages?.map((message) => toMessageView(message, to)),
    warnings: messages?.some((message) => message.channel === 'sms' && message.segments > 1)
      ? ['several-segments']
      : [],
  };
}

export function toMessageView(message: Message, to: string, body?: string): MessageView {
  const { details } = message;
  return {
    id: message.id,
    verificationId: message.verificationId,
    to,
    recipientId: message.recipientId,
    channel: message.channel,
    mode: message.mode,
    state: message.state,
    carrier: message.carrier,
    sender: details.sender,
    segments: message.segments,
    segmentsMax: details.segmentsMax,
    failure: details.failure,
    createdAtMs: message.createdAtMs,
    updatedAtMs: message.updatedAtMs,
    clientReference: details.clientReference,
    metadata: details.metadata,
    body,
  };
}
