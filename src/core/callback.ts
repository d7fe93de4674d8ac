/**
 * How a dialect says an event in its vendor's own form: a description that the dialect gives and the sender follows.
 * It signs nothing and sends nothing; a dialect without a form of its own has none of this.
 */
import type { MessageChannel } from './channel.ts';
import type { Event, EventType } from './events.ts';
import type { KeyMode } from './principal.ts';

export interface CallbackFormat {
  /** The dialect's name: endpoints of this format hear only of what came through that dialect. */
  readonly name: string;
  /** The events that the vendor has a word for; of others nothing is written. */
  readonly events: readonly EventType[];
  /** True only where the vendor's form holds the address: it is opened for no other. */
  readonly needsAddress: boolean;
  /** Pure: the same event gives the same bytes at every attempt. */
  render(input: CallbackInput): CallbackBody;
  /** A further signature, beside the ones of Standard Webhooks. */
  readonly signature?: CallbackSignature;
}

export interface CallbackInput {
  readonly event: Event;
  readonly subject: CallbackSubject;
}

/** What the event is about, as far as a receiver may know it: no code, no text. */
export interface CallbackSubject {
  readonly verificationId?: string;
  readonly messageId?: string;
  readonly channel?: MessageChannel;
  readonly mode?: KeyMode;
  readonly segments?: number;
  readonly clientReference?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Only for a format that needs it. */
  readonly to?: string;
}

export interface CallbackBody {
  readonly contentType: string;
  readonly body: string;
}

/** `timestamped-hex`: `t=<unix seconds>,v1=<hex HMAC-SHA256 over "<t>.<body>">`. */
export interface CallbackSignature {
  readonly header: string;
  readonly scheme: 'timestamped-hex';
}

/** The format that needs no dialect. */
export const NATIVE_FORMAT = 'native';

/** A URL that one call named, as kept with its verification or message: the id of its endpoint row, and the form. */
export interface RequestWebhook {
  readonly endpointId: string;
  readonly format: string;
}
