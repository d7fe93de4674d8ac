/**
 * What an aggregator's answer means, in five classes, and what becomes of each. The tables of codes are each carrier's
 * own; what holds for every HTTP server is here.
 */
import type { SubmitOutcome } from '../../core/delivery.ts';

export type ErrorClass =
  /** This message will never go through here; another carrier may take it. */
  | 'permanent'
  /** The same request may work in a while. */
  | 'temporary'
  /** Too much at once. The carrier is well. */
  | 'throttled'
  /** Credentials, balance or settings: no message goes through until somebody has seen to it. */
  | 'account'
  /** It may have been taken or not. */
  | 'unknown';

export type Verdict =
  | { readonly kind: 'accepted'; readonly carrierMessageIds: readonly string[] }
  | { readonly kind: 'error'; readonly class: ErrorClass; readonly reason: string };

/**
 * The class of an HTTP status where the body says nothing better. A gateway that had no good answer (502, 504) may have
 * passed the request on, so the outcome is open; a server that says it could not fulfil it (500) or would not now
 * (503) is taken at its word. 401 to 404 mean wrong credentials or a wrong address in the settings.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-15
 */
function classOfStatus(status: number): ErrorClass {
  if (status === 429) return 'throttled';
  if (status === 408 || status === 425 || status === 500 || status === 503) return 'temporary';
  if (status >= 500) return 'unknown';
  if (status === 401 || status === 402 || status === 403 || status === 404 || status === 405)
    return 'account';
  // A redirect is not followed: the base URL is wrong.
  if (status >= 300 && status < 400) return 'account';
  return 'permanent';
}

export function statusVerdict(status: number): Verdict {
  return { kind: 'error', class: classOfStatus(status), reason: `http-${status}` };
}

/** A reply that says yes in a form nobody can read: the message has probably gone out. */
export const UNREADABLE: Verdict = { kind: 'error', class: 'unknown', reason: 'unreadable-reply' };

/** @param retryAfterMs the aggregator's own wish */
export function toOutcome(verdict: Verdict, retryAfterMs?: number): SubmitOutcome {
  if (verdict.kind === 'accepted') return verdict;
  const { reason } = verdict;
  if (verdict.class === 'unknown') return { kind: 'unknown', reason };
  const permanent = verdict.class === 'permanent' || verdict.class === 'account';
  const wish = permanent || retryAfterMs === undefined ? {} : { retryAfterMs };
  return { kind: 'refused', reason, permanent, ...wish };
}

const REASON_CHARS_MAX = 60;

/** A stable word from a vendor's code or name: `REJECTED_DESTINATION` → `infobip-rejected-destination`. */
export function toReason(vendor: string, code: string | number): string {
  const word = String(code)
    .slice(0, REASON_CHARS_MAX)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
  return word === '' ? vendor : `${vendor}-${word}`;
}
