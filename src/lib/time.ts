/**
 * Time: the only file that touches `Date`. Inside, time is epoch milliseconds from an injected clock; text is made
 * and read here, at the edge. It keeps no calendar and no time zone but UTC.
 */

/** Epoch milliseconds, whole. */
export type Clock = () => number;

export const systemClock: Clock = () => Date.now();

/** Milliseconds that only grow, with fractions: for how long something took, never for when it was. */
export type Stopwatch = () => number;

export const systemStopwatch: Stopwatch = () => performance.now();

export interface TimerHandle {
  /** Lets the process end although the timer is pending. */
  unref(): unknown;
}

/** What waits, injected so that tests need not. */
export interface Timers {
  /** Delays over `TIMEOUT_MS_MAX` fire at that instant: re-arm for longer ones. */
  setTimeout(callback: () => void, delayMs: number): TimerHandle;
  clearTimeout(handle: TimerHandle | undefined): void;
}

/** Node.js fires a longer timeout at once (it keeps delays in 31 bits), which would turn a wait into a spin. */
export const TIMEOUT_MS_MAX = 2 ** 31 - 1;

export const systemTimers: Timers = {
  setTimeout: (callback, delayMs) => setTimeout(callback, Math.min(delayMs, TIMEOUT_MS_MAX)),
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout | undefined),
};

/** Resolves after `delayMs`, or early (never rejecting) when the signal aborts: the caller's loop looks at it. */
export function sleep(timers: Timers, delayMs: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const wake = () => {
      timers.clearTimeout(handle);
      signal?.removeEventListener('abort', wake);
      resolve();
    };
    const handle = timers.setTimeout(wake, delayMs);
    signal?.addEventListener('abort', wake, { once: true });
  });
}

// Most instants that are written lie in the second that the last one did: its text is made once.
let writtenSecond = Number.NaN;
let writtenText = '';

/** `2026-01-31T09:05:00.000Z` */
export function toIso(epochMs: number): string {
  const second = Math.floor(epochMs / 1000);
  if (second !== writtenSecond) {
    writtenText = new Date(second * 1000).toISOString().slice(0, -4);
    writtenSecond = second;
  }
  return `${writtenText}${String(Math.trunc(epochMs) - second * 1000).padStart(3, '0')}Z`;
}

/** For the one library that takes the present as a `Date`. */
export function toDate(epochMs: number): Date {
  return new Date(epochMs);
}

/** `2026-01-31-09.05.00`, in UTC. */
export function toDottedUtc(epochMs: number): string {
  return `${toIso(epochMs).slice(0, 19).replace('T', '-').replaceAll(':', '.')}`;
}

const RFC_3339 =
  /^(\d{4})-(\d\d)-(\d\d)[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/**
 * Reads an RFC 3339 date-time with its offset; fractions are cut to milliseconds. Leap seconds, local times and
 * days that do not exist are undefined.
 */
export function fromIso(text: string): number | undefined {
  const match = RFC_3339.exec(text);
  if (!match) return undefined;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  // `Date` would roll 30 February over into March. Day 0 of the next month is the last of this one.
  if (day < 1 || month < 1 || month > 12 || day > daysIn(year, month)) return undefined;
  const epochMs = Date.parse(text.toUpperCase());
  return Number.isNaN(epochMs) ? undefined : epochMs;
}

// The three forms of an HTTP-date that a recipient must accept: IMF-fixdate, RFC 850 and asctime.
const HTTP_DATE =
  /^(?:[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT|[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT|([A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}))$/;

/** Reads an HTTP-date, e.g. of `Retry-After`. @see https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7 */
export function fromHttpDate(text: string): number | undefined {
  const match = HTTP_DATE.exec(text);
  if (!match) return undefined;
  // asctime names no zone and means UTC; `Date` would take it for local time.
  const epochMs = Date.parse(match[1] === undefined ? text : `${text} GMT`);
  return Number.isNaN(epochMs) ? undefined : epochMs;
}

function daysIn(year: number, month: number): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month, 0);
  return date.getUTCDate();
}
