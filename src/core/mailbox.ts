/** A sender of e-mail as people write it: a name and an address, or the address alone. */
import { parseEmailAddress } from './email-address.ts';

export interface Mailbox {
  /** Empty where there is none. */
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
