/**
 * What may stand as the sender of an SMS: a number, a short code, or up to eleven characters that people read
 * (3GPP TS 23.040 §9.1.2.5), with at least one letter. Whether a carrier lets a tenant use it is the carrier's business.
 */

import type { MessageChannel } from './channel.ts';

/** As the text of a regular expression, so that JSON Schemas can hold it. */
export const SENDER_PATTERN = "^(?:\\+?[0-9]{3,15}|(?=[^A-Za-z]*[A-Za-z])[A-Za-z0-9 &.,_'-]{1,11})$";

/** A sender for messages that name none, where all that it says fits. */
export interface SenderRule {
  readonly channel: MessageChannel;
  /** ISO 3166-1 alpha-2 country of the recipient's number; absent: all, and e-mail. */
  readonly country?: string;
  readonly sender: string;
}

/** What a caller's message has no sender of its own for. @param rules the first that fits counts; see `inOrder` */
export function senderFor(
  rules: readonly SenderRule[],
  channel: MessageChannel,
  country: string | undefined,
): string | undefined {
  return rules.find((rule) => rule.channel === channel && (rule.country ?? country) === country)?.sender;
}

/** A tenant's own rules come before those of all, and one for a country before one for every country. */
export function inOrder(own: readonly SenderRule[], usual: readonly SenderRule[]): readonly SenderRule[] {
  return [own, usual].flatMap((rules) => [
    ...rules.filter(({ country }) => country !== undefined),
    ...rules.filter(({ country }) => country === undefined),
  ]);
}
