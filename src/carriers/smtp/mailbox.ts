/** A sender of e-mail: a name and an address. Which one a message has is decided here. */
import { parseEmailAddress } from '../../core/email-address.ts';

export interface Mailbox {
  readonly name: string;
  readonly address: string;
}

const MAILBOX = /^\s*(?:"?([^"<>]{0,100}?)"?\s*<([^<>\s]+)>|([^<>\s"]+))\s*$/;
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}]/u;

/** `Acme <no-reply@acme.example>`, with the name in quotation marks or not, or the address alone. */
export function parseMailbox(text: string): Mailbox | undefined {
  const match = MAILBOX.exec(text);
  if (!match || UNPRINTABLE.test(text)) return undefined;
  const address = match[2] ?? match[3] ?? '';
  return parseEmailAddress(address).fault !== undefined
    ? undefined
    : { name: match[1]?.trim() ?? '', address };
}

/**
 * A sender that a message names is heeded as far as it does not put an address of somebody else’s domain in front of a
 * code: as an address where its domain is allowed, else as a name beside the usual address.
 */
export function chooseSender(
  usual: Mailbox,
  wished: string | undefined,
  domains: readonly string[],
): Mailbox {
  if (wished === undefined) return usual;
  const mailbox = parseMailbox(wished);
  if (!mailbox) {
    const isName = !UNPRINTABLE.test(wished) && !/[<>@"]/.test(wished);
    return isName ? { name: wished, address: usual.address } : usual;
  }
  const isAllowed = [domainOf(usual.address), ...domains].includes(domainOf(mailbox.address));
  if (!isAllowed) return usual;
  return { name: mailbox.name === '' ? usual.name : mailbox.name, address: mailbox.address };
}

export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase();
}
