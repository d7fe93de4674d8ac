/**
 * Limits on how often something may be done, over stored counters. A window opens with its first event and closes
 * `windowSeconds` later: exact within a window, and two adjoining windows admit at most twice the maximum, which the
 * longer limit beside each short one bounds. Wrong checks have their own arithmetic in failure-budget.ts.
 */
export interface Limit {
  /** Stable, documented in docs/operating.md, told to the caller: `sends-per-recipient-10m`. */
  readonly name: string;
  readonly subject: LimitSubject;
  readonly max: number;
  readonly windowSeconds: number;
  /** For `prefix`: how many leading digits of the number are counted together. */
  readonly prefixDigits?: number;
}

export type LimitSubject = 'recipient' | 'tenant' | 'prefix' | 'client-ip';

/** The defaults of DESIGN §5: enough for a person who did not get the first message, useless for bombing a phone. */
export const DEFAULT_LIMITS: readonly Limit[] = [
  { name: 'sends-per-recipient-10m', subject: 'recipient', max: 5, windowSeconds: 600 },
  { name: 'sends-per-recipient-day', subject: 'recipient', max: 20, windowSeconds: 86_400 },
];

/** One stored window. A counter that has ended means the same as none. */
export interface Counter {
  readonly key: string;
  readonly count: number;
  readonly startedAtMs: number;
  readonly endsAtMs: number;
}

export type LimitDecision =
  | { readonly allowed: true; readonly counter: Counter }
  | { readonly allowed: false; readonly retryAfterSeconds: number };

/** The key of a limit's counter for one subject value, e.g. a recipient id: its counters lie side by side in an index. */
export function counterKey(limit: Limit, tenantId: string, value: string): string {
  return `${tenantId}:${value}:${limit.name}`;
}

/** Decides one more event and gives the counter to store. */
export function countEvent(
  limit: Limit,
  key: string,
  stored: Counter | undefined,
  nowMs: number,
): LimitDecision {
  const windowMs = limit.windowSeconds * 1000;
  // A window that seems to begin in the future was opened before the clock stepped back; it still counts.
  const live = stored && nowMs < stored.endsAtMs ? stored : undefined;
  if (!live)
    return { allowed: true, counter: { key, count: 1, startedAtMs: nowMs, endsAtMs: nowMs + windowMs } };
  if (live.count >= limit.max) {
    const waitMs = Math.min(windowMs, live.endsAtMs - nowMs);
    return { allowed: false, retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)) };
  }
  return { allowed: true, counter: { ...live, count: live.count + 1 } };
}
