/**
 * Keeps a connection: makes it, waits until it is lost, and makes it again after a growing, jittered pause. It knows nothing of SMPP.
 */
import type { Timers } from './timers.ts';
import { systemTimers } from './timers.ts';

export interface BackoffOptions {
  readonly initialMs: number;
  readonly maxMs: number;
  /** In [0, 1). */
  readonly random: () => number;
}

/**
 * The pause before try number `attempt` (from 0): doubling up to `maxMs`, and of that a random part between half and
 * all, so that clients who lost the same SMSC do not return in step.
 */
export function backoffMs(attempt: number, { initialMs, maxMs, random }: BackoffOptions): number {
  const ceiling = Math.min(maxMs, initialMs * 2 ** Math.min(attempt, 30));
  return Math.round(ceiling / 2 + random() * (ceiling / 2));
}

export interface KeepConnectedOptions<C extends { readonly closed: Promise<unknown> }> {
  readonly connect: (signal: AbortSignal) => Promise<C>;
  readonly onUp?: (connection: C) => void;
  readonly onDown?: (connection: C, reason: unknown) => void;
  /** A try that failed, and the pause before the next. */
  readonly onFailure?: (error: unknown, pauseMs: number) => void;
  readonly backoff?: Partial<BackoffOptions>;
  /** The least pause after such a failure: what only a person can mend need not be tried every few seconds. */
  readonly pauseMinMs?: (error: unknown) => number;
  /** A connection that lived this long was good: the pauses begin anew. One that is dropped at once must not be retried at once for ever. */
  readonly stableMs?: number;
  readonly timers?: Timers;
}

export interface KeptConnection extends AsyncDisposable {
  /** Makes no further connection. The one that is up is the caller's to end. */
  stop(): Promise<void>;
}

const BACKOFF = { initialMs: 500, maxMs: 60_000 } as const;
const STABLE_MS = 30_000;

export function keepConnected<C extends { readonly closed: Promise<unknown> }>(
  options: KeepConnectedOptions<C>,
): KeptConnection {
  const { timers = systemTimers, stableMs = STABLE_MS } = options;
  const backoff: BackoffOptions = { ...BACKOFF, random: Math.random, ...options.backoff };
  const stopping = new AbortController();
  const { signal } = stopping;
  const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  let attempt = 0;

  const pause = (): number => backoffMs(attempt++, backoff);

  /** The pause before the next try. */
  async function connectOnce(): Promise<number> {
    let connection: C;
    try {
      connection = await options.connect(signal);
    } catch (error) {
      const pauseMs = Math.max(pause(), options.pauseMinMs?.(error) ?? 0);
      if (!signal.aborted) options.onFailure?.(error, pauseMs);
      return pauseMs;
    }
    const upSinceMs = timers.now();
    options.onUp?.(connection);
    const reason = await connection.closed;
    if (timers.now() - upSinceMs >= stableMs) attempt = 0;
    options.onDown?.(connection, reason);
    return pause();
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      const once = connectOnce();
      const pauseMs = await Promise.race([once, stopped]);
      if (pauseMs === undefined) break;
      const elapsed = Promise.withResolvers<void>();
      const timer = timers.setTimeout(elapsed.resolve, pauseMs);
      await Promise.race([elapsed.promise, stopped]);
      timers.clearTimeout(timer);
    }
  }

  const running = run();
  const stop = () => {
    stopping.abort();
    return running;
  };
  return { stop, [Symbol.asyncDispose]: stop };
}
