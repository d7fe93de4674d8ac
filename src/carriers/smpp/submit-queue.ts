/**
 * Gives each submit its turn: a place in the window of the least loaded bind that is open and not paused, and leave by the rate.
 * Both are taken in the instant in which the submit is written, so that neither is exceeded. It does not judge answers.
 */
import type { RequestOptions, ResponseTo } from '../../smpp/session-options.ts';
import type { TimerHandle, Timers } from '../../smpp/timers.ts';
import type { KeptBind } from './kept-bind.ts';
import type { RateGate } from './rate-gate.ts';

export type NotSentReason =
  | 'aborted'
  | 'closed'
  | 'not-connected'
  | 'out-of-time'
  | 'queue-full'
  | 'rate-limited'
  | 'throttled'
  | 'window-full';

export interface NotSent {
  readonly kind: 'not-sent';
  readonly reason: NotSentReason;
  readonly retryAfterMs?: number;
}

export type Turn =
  | NotSent
  | { readonly kind: 'sent'; readonly bind: KeptBind; readonly response: Promise<ResponseTo<'submit_sm'>> };

export interface TurnOptions {
  readonly signal: AbortSignal;
  /** Binds that have refused it. */
  readonly avoid?: ReadonlySet<KeptBind>;
  /** Goes before others and waits out longer pauses: the message's beginning is out already. */
  readonly isUrgent?: boolean;
}

/** Made when the turn has come; undefined where it is then too late. */
export type MakeRequest = () => RequestOptions<'submit_sm'> | undefined;

/** More than any caller keeps under way; each is a few hundred octets. */
const WAITING_MAX = 5_000;
/** Well within the 20 s that a submit may take, and as long as a burst at the rate should. */
const WAIT_MS_MAX = 5_000;
/** A person waits at the other end: another carrier is better than a longer pause. */
const PATIENCE_MS = 1_000;

interface Waiting extends TurnOptions {
  readonly make: MakeRequest;
  readonly settle: (turn: Turn) => void;
  /** The last instant at which it may still be waiting. */
  readonly untilMs: number;
}

/** Nothing to be done now, but maybe then, or when a bind changes. */
interface Later {
  readonly kind: 'later';
  readonly atMs?: number;
}

export class SubmitQueue {
  readonly #binds: () => Iterable<KeptBind>;
  readonly #gate: RateGate;
  readonly #timers: Timers;
  readonly #urgent = new Set<Waiting>();
  readonly #ordinary = new Set<Waiting>();
  #timer: TimerHandle;
  /** Undefined while a bind is open. */
  #noneOpenSinceMs: number | undefined;
  #isClosed = false;
  #isPumping = false;

  constructor(binds: () => Iterable<KeptBind>, gate: RateGate, timers: Timers) {
    this.#binds = binds;
    this.#gate = gate;
    this.#timers = timers;
    this.#noneOpenSinceMs = timers.now();
  }

  enter(make: MakeRequest, options: TurnOptions): Promise<Turn> {
    const refusal = this.#refuseAtOnce(options);
    if (refusal !== undefined) return Promise.resolve(refusal);
    return new Promise((resolve) => {
      const { signal } = options;
      const line = options.isUrgent ? this.#urgent : this.#ordinary;
      const abort = () => settle({ kind: 'not-sent', reason: 'aborted' });
      const settle = (turn: Turn) => {
        line.delete(waiting);
        signal.removeEventListener('abort', abort);
        resolve(turn);
      };
      const waiting: Waiting = { ...options, make, settle, untilMs: this.#timers.now() + WAIT_MS_MAX };
      line.add(waiting);
      this.pump();
      if (line.has(waiting)) signal.addEventListener('abort', abort);
    });
  }

  /** Whether what these binds have refused could go by another one now. */
  hasOther(avoid: ReadonlySet<KeptBind>): boolean {
    const nowMs = this.#timers.now();
    return [...this.#binds()].some((bind) => bind.isOpen && !avoid.has(bind) && bind.pausedUntilMs <= nowMs);
  }

  /** Sends what can go. To be called whenever a bind changes. */
  pump(): void {
    if (this.#isPumping || this.#isClosed) return;
    this.#isPumping = true;
    this.#timers.clearTimeout(this.#timer);
    this.#timer = undefined;
    const nowMs = this.#timers.now();
    const isAnyOpen = [...this.#binds()].some(({ isOpen }) => isOpen);
    this.#noneOpenSinceMs = isAnyOpen ? undefined : (this.#noneOpenSinceMs ?? nowMs);
    const atMs = this.#sendAll(nowMs);
    if (atMs !== undefined) {
      this.#timer = this.#timers.setTimeout(() => this.pump(), Math.max(1, Math.ceil(atMs - nowMs)));
    }
    this.#isPumping = false;
  }

  /** Whatever waits is not sent. */
  close(): void {
    this.#isClosed = true;
    this.#timers.clearTimeout(this.#timer);
    for (const waiting of [...this.#urgent, ...this.#ordinary]) {
      waiting.settle({ kind: 'not-sent', reason: 'closed' });
    }
  }

  #refuseAtOnce({ signal, isUrgent }: TurnOptions): NotSent | undefined {
    const ahead = this.#urgent.size + this.#ordinary.size;
    if (this.#isClosed) return { kind: 'not-sent', reason: 'closed' };
    if (signal.aborted) return { kind: 'not-sent', reason: 'aborted' };
    if (ahead >= WAITING_MAX) return { kind: 'not-sent', reason: 'queue-full' };
    const aheadMs = this.#gate.millisecondsFor(ahead);
    if (isUrgent || aheadMs <= WAIT_MS_MAX) return undefined;
    return { kind: 'not-sent', reason: 'rate-limited', retryAfterMs: Math.ceil(aheadMs) };
  }

  /** @returns when to look again, where something waits */
  #sendAll(nowMs: number): number | undefined {
    for (;;) {
      const waiting = this.#urgent.values().next().value ?? this.#ordinary.values().next().value;
      if (waiting === undefined) return undefined;
      const next = this.#nextFor(waiting, nowMs);
      if (next.kind === 'later') {
        const atMs = Math.min(waiting.untilMs, next.atMs ?? Number.POSITIVE_INFINITY);
        if (atMs > nowMs) return atMs;
        waiting.settle({ kind: 'not-sent', reason: 'window-full' });
      } else if (next.kind === 'not-sent') {
        waiting.settle(next);
      } else {
        this.#send(waiting, next.bind, nowMs);
      }
    }
  }

  #send({ make, settle }: Waiting, bind: KeptBind, nowMs: number): void {
    const request = make();
    if (request === undefined) {
      settle({ kind: 'not-sent', reason: 'out-of-time' });
      return;
    }
    this.#gate.take(nowMs);
    settle({ kind: 'sent', bind, response: bind.submit(request) });
  }

  #nextFor(
    waiting: Waiting,
    nowMs: number,
  ): Later | NotSent | { readonly kind: 'go'; readonly bind: KeptBind } {
    const { best, isAnyReady, resumesAtMs } = this.#look(waiting, nowMs);
    if (best !== undefined) {
      const waitMs = this.#gate.waitMs(nowMs);
      if (waitMs === 0) return { kind: 'go', bind: best };
      if (nowMs + waitMs <= waiting.untilMs) return { kind: 'later', atMs: nowMs + waitMs };
      return { kind: 'not-sent', reason: 'rate-limited', ...(waitMs < 1e9 && { retryAfterMs: waitMs }) };
    }
    if (isAnyReady) return { kind: 'later' };
    if (resumesAtMs !== undefined) {
      const retryAfterMs = Math.ceil(resumesAtMs - nowMs);
      const isTooLong = resumesAtMs > waiting.untilMs || (!waiting.isUrgent && retryAfterMs > PATIENCE_MS);
      return isTooLong
        ? { kind: 'not-sent', reason: 'throttled', retryAfterMs }
        : { kind: 'later', atMs: resumesAtMs };
    }
    // A connection that was lost this moment, or is being made for the first time, may be there in the next.
    const hopeEndsMs = (this.#noneOpenSinceMs ?? Number.NEGATIVE_INFINITY) + PATIENCE_MS;
    return nowMs < hopeEndsMs
      ? { kind: 'later', atMs: hopeEndsMs }
      : { kind: 'not-sent', reason: 'not-connected' };
  }

  #look({ avoid }: Waiting, nowMs: number) {
    let best: KeptBind | undefined;
    let isAnyReady = false;
    let resumesAtMs: number | undefined;
    for (const bind of this.#binds()) {
      if (!bind.isOpen || avoid?.has(bind)) continue;
      if (bind.pausedUntilMs > nowMs) {
        resumesAtMs = Math.min(resumesAtMs ?? Number.POSITIVE_INFINITY, bind.pausedUntilMs);
        continue;
      }
      isAnyReady = true;
      if (bind.hasPlace && (best === undefined || bind.underWay < best.underWay)) best = bind;
    }
    return { best, isAnyReady, resumesAtMs };
  }
}
