import { fromHttpDate } from './time.ts';

/** A day: what asks for more is a mistake, and schedules have bounds of their own. */
const RETRY_AFTER_SECONDS_MAX = 86_400;

/**
 * Milliseconds that a `Retry-After` header asks to wait: seconds or an HTTP-date; undefined for anything else.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Math.min(Number(text), RETRY_AFTER_SECONDS_MAX) * 1000;
  const atMs = fromHttpDate(text);
  if (atMs === undefined) return undefined;
  return Math.min(Math.max(0, atMs - nowMs), RETRY_AFTER_SECONDS_MAX * 1000);
}
