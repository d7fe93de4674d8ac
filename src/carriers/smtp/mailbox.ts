/** Which sender an e-mail leaves from. How one is written is core/mailbox.ts. */
import { type Mailbox, parseMailbox } from '../../core/mailbox.ts';

const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}]/u;

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
