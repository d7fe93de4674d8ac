/**
 * Which URLs may be called at all, judged by their text alone, so that a bad one is refused when it is configured
 * and not only when it is called. Where a name leads is judged at connect time, in `safe-fetch.ts`.
 */
import { isIP } from 'node:net';
import type { AddressGuard } from './outbound-address.ts';

export interface OutboundUrlRules {
  readonly mayReach: AddressGuard;
  readonly allowHttp: boolean;
  /** The ports that may be called; any unless told. */
  readonly ports?: readonly number[] | undefined;
}

export type ParsedOutboundUrl =
  | { readonly ok: true; readonly url: URL }
  | { readonly ok: false; readonly reason: 'refused-url' | 'refused-address' };

// What browsers and proxies agree on; a longer URL carries data that belongs into a body.
const URL_CHARACTERS_MAX = 2_048;

const REFUSED_URL = { ok: false, reason: 'refused-url' } as const;

/**
 * Hosts in other notations (`0x7f000001`, `0177.1`, `2130706433`, full-width digits) come out of the WHATWG parser
 * in canonical form, and are judged as what they are.
 */
export function parseOutboundUrl(text: string, rules: OutboundUrlRules): ParsedOutboundUrl {
  if (text.length > URL_CHARACTERS_MAX) return REFUSED_URL;
  const url = URL.parse(text);
  if (!url) return REFUSED_URL;
  const isHttps = url.protocol === 'https:';
  if (!isHttps && !(url.protocol === 'http:' && rules.allowHttp)) return REFUSED_URL;
  // Credentials in a URL end up in logs; they belong into a header.
  if (url.username !== '' || url.password !== '') return REFUSED_URL;
  const port = url.port === '' ? (isHttps ? 443 : 80) : Number(url.port);
  if (port === 0 || (rules.ports && !rules.ports.includes(port))) return REFUSED_URL;
  const literal = literalOf(url.hostname);
  if (literal !== undefined && !rules.mayReach(literal)) return { ok: false, reason: 'refused-address' };
  return { ok: true, url };
}

/** The address when the host is one (without brackets), undefined when it is a name. */
export function literalOf(hostname: string): string | undefined {
  const address = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return isIP(address) === 0 ? undefined : address;
}
