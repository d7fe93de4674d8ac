/** What callers ask of the engine: a dialect's mapping makes these, the use cases read them. */
import type { MessageChannel } from '../core/channel.ts';
import type { DisclosedPolicy, Policy } from '../core/policy.ts';

export interface StartCommand {
  /** The dialect's name, for logs, metrics and its own callbacks; it decides nothing. */
  readonly dialect: string;
  /** As the caller wrote it. */
  readonly to: string;
  readonly channel: MessageChannel;
  /** Separates verifications of one recipient: `login`, `payment`. Absent: `default`. */
  readonly purpose?: string;
  readonly policy: Policy;
  readonly text: TextChoice;
  readonly sender?: string;
  readonly clientReference?: string;
  readonly clientIp?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly webhook?: WebhookChoice;
  readonly idempotency?: Idempotency;
}

/** A start whose reply holds the code. A repeated call would have to show it again, so there is no idempotency. */
export interface DisclosedStartCommand extends Omit<StartCommand, 'policy' | 'idempotency'> {
  readonly policy: DisclosedPolicy;
}

/** How the text that carries a code is written. */
export type TextChoice =
  | {
      readonly kind: 'template';
      /** A template of the tenant; absent: the tenant's default, else the built-in text. */
      readonly name?: string;
      readonly locale?: string;
      readonly brand?: string;
      /** Makes the last line `@domain #code`, which browsers offer to fill in. */
      readonly webOtpDomain?: string;
      /** The 11 characters by which Android's SMS Retriever knows the app. */
      readonly androidAppHash?: string;
    }
  /** The caller's words, a space, the code. */
  | { readonly kind: 'lead-in'; readonly leadIn: string };

/** The caller's Idempotency-Key with a hash of all that the call says. */
export interface Idempotency {
  readonly key: string;
  readonly requestHash: string;
}

export interface SendAgainCommand {
  readonly verificationId: string;
  /** Absent: the channel of the verification. */
  readonly channel?: MessageChannel;
  readonly clientIp?: string;
  readonly idempotency?: Idempotency;
}

export interface CheckCommand {
  readonly verificationId: string;
  /** As the caller sent it, whatever its type. */
  readonly code: unknown;
}

export interface CheckNewestCommand {
  readonly recipientId: string;
  /** Absent: `default`. */
  readonly purpose?: string;
  /** As the caller sent it, whatever its type. */
  readonly code: unknown;
}

export interface MessageCommand {
  readonly dialect: string;
  readonly to: string;
  readonly channel: MessageChannel;
  readonly body: string;
  /** E-mail only. */
  readonly subject?: string;
  readonly sender?: string;
  /** More segments than this: the message is recorded and ends `failed`. */
  readonly segmentsMax?: number;
  /** How long the message is worth sending, in seconds. Absent: a day. */
  readonly ttlSeconds?: number;
  readonly policy: Pick<Policy, 'numberStrictness' | 'callingCodes' | 'refusedNumberTypes'>;
  readonly clientReference?: string;
  readonly clientIp?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly webhook?: WebhookChoice;
  readonly idempotency?: Idempotency;
}

/** A URL that hears of this verification or message, beside the tenant's endpoints. */
export interface WebhookChoice {
  readonly url: string;
  /** `native`, or the name of a dialect that has callbacks. */
  readonly format: string;
}

export interface PageQuery {
  /** 1 to 100. */
  readonly limit: number;
  /** Opaque to the caller: what the page before gave as its `next`. */
  readonly cursor?: string;
}

export interface PageOf<T> {
  readonly items: readonly T[];
  readonly next?: string;
}
