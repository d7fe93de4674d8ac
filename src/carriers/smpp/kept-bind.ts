/**
 * One bind that is made again whenever it is lost, with its back-off under throttling and what is known of its trouble. Which
 * message goes through it, and when, is submit-queue.ts's; what comes in, deliveries.ts's.
 */
import type { Logger } from '../../lib/logger.ts';
import {
  type BindType,
  type BoundSession,
  type ConnectOptions,
  SmppBindError,
  SmppConnectError,
} from '../../smpp/client.ts';
import { commandStatusOf } from '../../smpp/command-status.ts';
import { backoffMs, type KeptConnection, keepConnected } from '../../smpp/reconnect.ts';
import type { SmppSession } from '../../smpp/session.ts';
import type { RequestOptions, ResponseTo } from '../../smpp/session-options.ts';
import type { Timers } from '../../smpp/timers.ts';

export interface KeptBindOptions {
  /** From 1, for logs. */
  readonly number: number;
  readonly role: BindType;
  readonly connect: (options: ConnectOptions) => Promise<BoundSession>;
  readonly connection: ConnectOptions;
  /** Submits without an answer at most. */
  readonly window: number;
  readonly timers: Timers;
  readonly random: () => number;
  readonly logger: Logger;
  /** A connection or a pause has come or gone. */
  readonly onChange: () => void;
  readonly onLost: () => void;
}

/** Wrong credentials are mended by a person; until then a try a minute shows whether they have been. */
const REFUSED_PAUSE_MS = 60_000;
/** Short enough that a second's rate is met again in the next, long enough that an overfull queue is left alone. */
const THROTTLE_PAUSE_MS = { initialMs: 500, maxMs: 30_000 } as const;
/**
 * What the end of a bind waits for answers under way, and then for the unbinding. Short, because a stopping server has waited for its
 * submits before, and its whole stop has a limit.
 */
const DRAIN_MS = 2_000;
const UNBIND_MS = 1_000;

export class KeptBind {
  readonly role: BindType;
  readonly #options: KeptBindOptions;
  readonly #kept: KeptConnection;
  #session: SmppSession | undefined;
  #problem = 'not bound yet';
  #underWay = 0;
  #isEnding = false;
  #throttles = 0;
  #pausedUntilMs = Number.NEGATIVE_INFINITY;
  /** After a pause one submit goes first: a whole window of them would be throttled again. */
  #isProbing = false;

  constructor(options: KeptBindOptions) {
    this.#options = options;
    this.role = options.role;
    const { timers, random } = options;
    this.#kept = keepConnected({
      connect: async (signal) => {
        const { session } = await options.connect({ ...options.connection, bindType: options.role, signal });
        return { session, closed: session.closed };
      },
      onUp: ({ session }) => this.#up(session),
      onDown: (_, reason) => this.#down(String(reason)),
      onFailure: (error, pauseMs) => this.#failed(error, pauseMs),
      pauseMinMs: (error) => (isRefusedForGood(error) ? REFUSED_PAUSE_MS : 0),
      backoff: { random },
      timers,
    });
  }

  get isOpen(): boolean {
    return this.#session?.isOpen === true;
  }

  /** What stands between it and the SMSC, while it is not open. */
  get problem(): string | undefined {
    return this.isOpen ? undefined : this.#problem;
  }

  /** Submits without an answer. */
  get underWay(): number {
    return this.#underWay;
  }

  /** When a pause under throttling ends; past where there is none. */
  get pausedUntilMs(): number {
    return this.#pausedUntilMs;
  }

  get hasPlace(): boolean {
    return this.#underWay < (this.#isProbing ? 1 : this.#options.window);
  }

  /**
   * Rejects as SmppSession.request does. The request is written before this returns. Its place is free when the promise settles, which is
   * not announced: the answer may say that the place is not to be used.
   */
  async submit(request: RequestOptions<'submit_sm'>): Promise<ResponseTo<'submit_sm'>> {
    this.#underWay++;
    try {
      // Without a session nobody asks; `request` itself says so where it closes in this instant.
      if (this.#session === undefined) throw new RangeError('the bind is not open');
      return await this.#session.request('submit_sm', request);
    } finally {
      this.#underWay--;
    }
  }

  /** The SMSC asks for fewer: pause, longer each time. What is still under way says nothing new. */
  throttled(): void {
    const { timers, random } = this.#options;
    const nowMs = timers.now();
    if (nowMs < this.#pausedUntilMs) return;
    this.#pausedUntilMs = nowMs + backoffMs(this.#throttles++, { ...THROTTLE_PAUSE_MS, random });
    this.#isProbing = true;
    this.#options.onChange();
  }

  /** What is left of a pause under throttling. */
  get pauseLeftMs(): number {
    return Math.max(0, Math.ceil(this.#pausedUntilMs - this.#options.timers.now()));
  }

  /** The SMSC answered a submit without complaint about their number. */
  unthrottled(): void {
    if (!this.#isProbing || this.#options.timers.now() < this.#pausedUntilMs) return;
    this.#isProbing = false;
    this.#throttles = 0;
    this.#options.onChange();
  }

  /** The SMSC says that the bind itself is at fault: make it anew. */
  drop(): void {
    this.#session?.close();
  }

  /** Answers under way are waited for within a bound; then unbinds. */
  async end(): Promise<void> {
    this.#isEnding = true;
    await this.#kept.stop();
    const session = this.#session;
    if (session === undefined) return;
    const { timers } = this.#options;
    const timer = timers.setTimeout(() => session.destroy(), DRAIN_MS + UNBIND_MS);
    await session.unbind(DRAIN_MS);
    timers.clearTimeout(timer);
    session.destroy();
  }

  #up(session: SmppSession): void {
    if (this.#isEnding) {
      session.destroy();
      return;
    }
    this.#session = session;
    this.#log().info({}, 'smpp bind is open');
    this.#options.onChange();
  }

  #down(reason: string): void {
    this.#session = undefined;
    this.#problem = reason;
    if (!this.#isEnding) this.#log().warn({ reason }, 'smpp bind was lost');
    this.#options.onLost();
    this.#options.onChange();
  }

  #failed(error: unknown, pauseMs: number): void {
    this.#problem = describeFailure(error);
    this.#log().warn({ reason: this.#problem, pauseMs }, 'smpp bind could not be made');
    this.#options.onChange();
  }

  #log(): Logger {
    return this.#options.logger.child({ bind: this.#options.number, role: this.role });
  }
}

/** Of those that a bind may be answered with, ESME_RBINDFAIL and ESME_RALYBND pass by themselves. */
const REFUSED_FOR_GOOD: ReadonlySet<string> = new Set([
  'ESME_RINVPASWD',
  'ESME_RINVSYSID',
  'ESME_RINVSYSTYP',
]);

function isRefusedForGood(error: unknown): boolean {
  if (!(error instanceof SmppBindError) || error.status === undefined) return false;
  const { name, class: statusClass } = commandStatusOf(error.status);
  return REFUSED_FOR_GOOD.has(name) || statusClass === 'permanent';
}

/** In words without addresses, for logs and health. */
function describeFailure(error: unknown): string {
  if (error instanceof SmppBindError) {
    return error.status === undefined
      ? 'the bind was not answered'
      : `the bind was refused with ${commandStatusOf(error.status).name}`;
  }
  if (!(error instanceof SmppConnectError)) return 'the bind failed';
  const { cause } = error;
  return cause instanceof Error && 'code' in cause
    ? `${error.message}: ${String(cause.code)}`
    : error.message;
}
