/**
 * Public host names to one ASCII form. It takes no addresses, no ports and no single labels, and it asks no DNS.
 */
import { domainToASCII } from 'node:url';
import type { Brand } from './brand.ts';

export type DomainName = Brand<string, 'DomainName'>;

/** RFC 1035 §2.3.4, in presentation form. */
const DOMAIN_CHARS_MAX = 253;

/** At least two labels of letters, digits and inner hyphens, the last not all digits: no address literal, no `localhost`. */
const ASCII_DOMAIN =
  /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?=[a-z0-9-]*[a-z])[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** What a domain may be typed in: `domainToASCII` alone would also take ports, paths and percent signs off. */
const TYPED_DOMAIN = /^[\p{L}\p{N}\p{M}.\-\u3002\uff0e\uff61\u200c\u200d]+$/u;

/** Lower-case ASCII by IDNA (`bücher.example` → `xn--bcher-kva.example`), or undefined. */
export function parseDomainName(input: string): DomainName | undefined {
  if (input.length > DOMAIN_CHARS_MAX || !TYPED_DOMAIN.test(input)) return undefined;
  const domain = domainToASCII(input);
  return domain.length <= DOMAIN_CHARS_MAX && ASCII_DOMAIN.test(domain) ? (domain as DomainName) : undefined;
}
