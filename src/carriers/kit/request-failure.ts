/** What a request without a reply means: whether the message may have left is what decides. */
import type { OutboundError } from '../../lib/outbound-error.ts';
import type { Verdict } from './verdict.ts';

export function verdictOfFailure({ reason, requestSent }: OutboundError): Verdict {
  if (requestSent) return { kind: 'error', class: 'unknown', reason };
  // The URL in the settings may not be called: no message gets through until that is changed.
  const isMisconfigured = reason === 'refused-url' || reason === 'refused-address';
  return { kind: 'error', class: isMisconfigured ? 'account' : 'temporary', reason };
}
