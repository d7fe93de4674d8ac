/**
 * When a tenant's wrong codes are many enough to be told of. The budget of each recipient does not see one guess at each of
 * many numbers; the tenant's sum does. It blocks nothing: a broken client looks the same.
 */
export interface FailureAlarm {
  /** The wrong code that trips it, counted from the first of its window. */
  readonly max: number;
  readonly windowSeconds: number;
}

/**
 * 200 in ten minutes are what 24 000 checks an hour give where people mistype one in twenty; a guesser of six digits who
 * stays below it is right once in a month.
 */
export const DEFAULT_FAILURE_ALARM: FailureAlarm = { max: 200, windowSeconds: 600 };

export interface FailureWindow {
  readonly count: number;
  readonly endsAtMs: number;
}

/** Counts one wrong code. It trips once a window, however many follow. */
export function countWrongCode(
  { max, windowSeconds }: FailureAlarm,
  known: FailureWindow | undefined,
  nowMs: number,
): { readonly window: FailureWindow; readonly trips: boolean } {
  const windowMs = windowSeconds * 1000;
  // Bounded by a whole window, so that a clock that stepped back does not leave one open for longer.
  const isOpen = known !== undefined && nowMs < known.endsAtMs && known.endsAtMs - nowMs <= windowMs;
  const window = isOpen ? { ...known, count: known.count + 1 } : { count: 1, endsAtMs: nowMs + windowMs };
  return { window, trips: window.count === max };
}
