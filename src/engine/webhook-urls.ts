import { EngineError } from '../core/errors.ts';
import { createAddressGuard } from '../lib/outbound-address.ts';
import { parseOutboundUrl } from '../lib/outbound-url.ts';

/** Which URLs may be given to us, judged by their text when they are given; where a name leads is judged at each post. */
export interface WebhookUrls {
  /** The URL in its canonical spelling. @throws EngineError `invalid_request` naming the field */
  parse(url: string, field: string): string;
}

export interface WebhookUrlRules {
  readonly allowHttp?: boolean;
  /** CIDR ranges to be reached although they are not public. */
  readonly allowRanges?: readonly string[];
}

export function createWebhookUrls({
  allowHttp = false,
  allowRanges = [],
}: WebhookUrlRules = {}): WebhookUrls {
  const mayReach = createAddressGuard(allowRanges);
  return {
    parse(url, field) {
      const parsed = parseOutboundUrl(url, { mayReach, allowHttp });
      if (parsed.ok) return parsed.url.href;
      const message =
        parsed.reason === 'refused-address'
          ? 'This address cannot be called from here.'
          : `A webhook URL is ${allowHttp ? 'an http or https' : 'an https'} URL without a user name.`;
      throw new EngineError('invalid_request', message, { field });
    },
  };
}
