/**
 * E-mail addresses to one canonical form, by syntax alone. It does not ask the DNS whether the domain takes mail, and
 * it knows no mail host's private rules (dots and plus tags stay: to most hosts they make another mailbox).
 */
import type { Brand } from './brand.ts';
import { parseDomainName } from './domain-name.ts';

/** Canonical: lower case throughout, the domain in its ASCII (IDNA) form. The key of a recipient. */
export type EmailAddress = Brand<string, 'EmailAddress'>;

export interface ParsedEmailAddress {
  readonly canonical: EmailAddress;
  /** Where to send: the local part as the person wrote it, because RFC 5321 §2.4 lets a host tell cases apart. */
  readonly mailbox: string;
  readonly fault?: undefined;
}

export interface EmailAddressFault {
  readonly fault: 'not-an-address';
}

/** RFC 5321 §4.5.3.1.3 allows a path of 256 octets with its two angle brackets. */
export const EMAIL_BYTES_MAX = 254;
/** RFC 5321 §4.5.3.1.1. */
const LOCAL_BYTES_MAX = 64;

/**
 * A dot-atom (RFC 5322 §3.2.3) in ASCII or in letters and digits of any script (RFC 6531). Quoted local parts are left
 * out: nobody has one, and they may hold spaces, angle brackets and at signs, which is how headers are forged.
 */
const LOCAL_PART = /^[\p{L}\p{N}\p{M}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{N}\p{M}!#$%&'*+/=?^_`{|}~-]+)*$/u;

const NOT_AN_ADDRESS: EmailAddressFault = { fault: 'not-an-address' };

export function parseEmailAddress(input: string): ParsedEmailAddress | EmailAddressFault {
  // A UTF-16 unit is at least one octet of UTF-8, so a longer text cannot fit; this also bounds the patterns below.
  if (input.length > EMAIL_BYTES_MAX) return NOT_AN_ADDRESS;
  const text = input.normalize('NFC').replace(/^[ \t]+|[ \t]+$/g, '');
  const at = text.lastIndexOf('@');
  if (at < 1) return NOT_AN_ADDRESS;
  const local = text.slice(0, at);
  if (!LOCAL_PART.test(local) || Buffer.byteLength(local) > LOCAL_BYTES_MAX) return NOT_AN_ADDRESS;
  const domain = parseDomainName(text.slice(at + 1));
  if (domain === undefined) return NOT_AN_ADDRESS;
  const mailbox = `${local}@${domain}`;
  const canonical = mailbox.toLowerCase().normalize('NFC');
  if (Math.max(Buffer.byteLength(mailbox), Buffer.byteLength(canonical)) > EMAIL_BYTES_MAX)
    return NOT_AN_ADDRESS;
  return { canonical: canonical as EmailAddress, mailbox };
}

/** For logs: `r***@e***.com`. A private domain names a person as well as the local part does, so both are hidden. */
export function maskEmailAddress(address: EmailAddress): string {
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1);
  const [first = '*'] = address.slice(0, at);
  const top = domain.slice(domain.lastIndexOf('.') + 1);
  return `${at === 1 ? '*' : first}***@${domain.slice(0, 1)}***.${top}`;
}
