/**
 * Group commit: the transactions that wait at one moment run one after the other inside one physical transaction, and
 * are answered after its commit. A power-safe commit costs one flush of the disk however many share it. It knows
 * nothing of tables.
 *
 * Order of trust: a work that fails takes only its own writes along; a commit that fails takes the whole group; a
 * work that waits for something other than its transaction is failed before it can hold up the store.
 *
 * Almost every work succeeds, or refuses before it writes. So a group first runs without savepoints, for each of which
 * the database would copy every page that is changed, a tenth of all work. Where one fails after it wrote, its writes
 * cannot be told from the others', so everything is rolled back and the same works run again, each in a savepoint.
 */
import { EngineError } from '../../core/errors.ts';
import { type Stopwatch, sleep, systemStopwatch, type Timers } from '../../lib/time.ts';

/** What a physical transaction is made of; every method is synchronous and throws. */
export interface TransactionControl {
  begin(): void;
  commit(): void;
  rollback(): void;
  savepoint(): void;
  release(): void;
  rollbackToSavepoint(): void;
  /** Grows with every row that is changed, whatever becomes of the change. */
  changeCount(): number;
  /** False once the database has given up the whole transaction by itself, as it does on a full disk. */
  isActive(): boolean;
  /** Whether `begin` failed only because another process is writing. */
  isBusy(error: unknown): boolean;
}

export interface GroupCommitOptions {
  readonly control: TransactionControl;
  readonly timers: Timers;
  /** From 0 up to 1; spreads the waits of processes that compete for the file. */
  readonly random: () => number;
  /** Told of every physical commit and how long it took. */
  readonly onCommit?: (transactionCount: number, durationMs: number) => void;
  readonly stopwatch?: Stopwatch;
}

/** Set to closed once the work is over, whether it knows or not. */
export interface WorkScope {
  isOpen: boolean;
}
/** Runs a second time, with a scope of its own, where another work of its group made the first run void. */
export type Work<T> = (scope: WorkScope) => T | Promise<T>;

export interface RunOptions {
  /** Nobody waits for its answer, so it does not begin a group by itself until it has waited a while for company. */
  readonly isPatient?: boolean;
}

/** Called once its group is on disk. */
type Answer = () => void;

/** Bounds the wait of the first of a group: 128 works of 60 µs are 8 ms. */
const GROUP_MAX = 128;
/** Turns of the event loop that bring no transaction, one after the other, before a group begins. */
const QUIET_TURNS = 2;
/** How long a patient work waits for others: less than anybody notices, and longer than clients take to ask again. */
export const PATIENCE_MS = 5;
/** At 8 000 a second, half a second of work: whoever comes later is better told to come again. */
const QUEUE_MAX = 4_096;
const OVERLOADED_RETRY_SECONDS = 1;
/** A work does nothing but call its transaction, which takes microseconds: one that is still there after this is stuck. */
const STALL_MS = 1_000;
/**
 * Waits for another process double from the first to the last. The last is about as long as a group takes: who waits
 * longer than that is overtaken again and again by a process with less to do.
 */
const BUSY_WAIT_FIRST_MS = 1;
const BUSY_WAIT_LAST_MS = 4;
/** About five seconds. */
const BUSY_TRIES_MAX = 1_250;

interface Job {
  readonly isPatient: boolean;
  readonly run: (scope: WorkScope) => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

export class GroupCommit {
  readonly #control: TransactionControl;
  readonly #timers: Timers;
  readonly #random: () => number;
  readonly #onCommit: (transactionCount: number, durationMs: number) => void;
  readonly #stopwatch: Stopwatch;
  #queue: Job[] = [];
  /** How many of the queue somebody waits for. */
  #impatient = 0;
  #isRunning = false;
  #patience: ReturnType<Timers['setTimeout']> | undefined;
  #closing: PromiseWithResolvers<void> | undefined;
  /** Since the last proof that the database takes writes, a group was lost. */
  #hasLost = false;

  constructor({
    control,
    timers,
    random,
    onCommit = () => {},
    stopwatch = systemStopwatch,
  }: GroupCommitOptions) {
    this.#control = control;
    this.#timers = timers;
    this.#random = random;
    this.#onCommit = onCommit;
    this.#stopwatch = stopwatch;
  }

  /** Resolves once what `work` wrote is on disk. Rejects with what it threw, with nothing written. */
  run<T>(work: Work<T>, { isPatient = false }: RunOptions = {}): Promise<T> {
    if (this.#closing) return Promise.reject(new EngineError('overloaded', 'the store is closing'));
    if (this.#queue.length >= QUEUE_MAX)
      return Promise.reject(overloaded('too many transactions are waiting'));
    return new Promise<T>((resolve, reject) => {
      if (!isPatient) this.#impatient += 1;
      this.#queue.push({ isPatient, run: work, resolve: resolve as Job['resolve'], reject });
      this.#schedule();
    });
  }

  /**
   * Resolves where transactions are taken. One that writes nothing succeeds on a full disk, too: after a loss only
   * `prove` tells, which writes or throws, and while all is well nothing is written.
   */
  async probe(prove: () => void): Promise<void> {
    const mustProve = this.#hasLost;
    await this.run(() => {
      if (mustProve) prove();
    });
    if (mustProve) this.#hasLost = false;
  }

  /** Takes no more work and resolves when the last has been answered, however often it is called. */
  close(): Promise<void> {
    if (this.#closing) return this.#closing.promise;
    this.#closing = Promise.withResolvers<void>();
    this.#schedule();
    if (!this.#isRunning) this.#closing.resolve();
    return this.#closing.promise;
  }

  /** Sees to it that what waits is run: soon where somebody waits for an answer, otherwise after a while. */
  #schedule(): void {
    if (this.#isRunning || this.#queue.length === 0) return;
    if (this.#impatient > 0 || this.#closing || this.#queue.length >= GROUP_MAX) this.#begin();
    else this.#patience ??= this.#timers.setTimeout(() => this.#begin(), PATIENCE_MS);
  }

  #begin(): void {
    this.#timers.clearTimeout(this.#patience);
    this.#patience = undefined;
    this.#isRunning = true;
    this.#runSoon();
  }

  /**
   * Not at once: what the event loop reads from sockets meanwhile joins the group, and the flush and the pages that
   * every transaction touches are then paid once for all of them. A turn takes microseconds when nothing else is to
   * be done, so who is alone does not wait.
   */
  #runSoon(): void {
    let seen = this.#queue.length;
    let quietTurns = 0;
    const turn = (): void => {
      quietTurns = this.#queue.length > seen ? 0 : quietTurns + 1;
      seen = this.#queue.length;
      if (quietTurns === QUIET_TURNS || seen >= GROUP_MAX) void this.#runGroups();
      else setImmediate(turn);
    };
    setImmediate(turn);
  }

  async #runGroups(): Promise<void> {
    await this.#runGroup();
    this.#isRunning = false;
    this.#schedule();
    if (this.#queue.length === 0) this.#closing?.resolve();
  }

  async #runGroup(): Promise<void> {
    const watchdog = new Watchdog(this.#timers);
    const taken: Job[] = [];
    try {
      const isOver = await this.#runJobs(taken, this.#takeInto(taken), watchdog);
      if (!isOver) await this.#runJobs(taken, this.#againAndMore(taken), watchdog, { inSavepoints: true });
    } finally {
      watchdog.stop();
    }
  }

  *#takeInto(taken: Job[]): Iterable<Job> {
    while (taken.length < GROUP_MAX) {
      const job = this.#queue.shift();
      if (!job) return;
      if (!job.isPatient) this.#impatient -= 1;
      taken.push(job);
      yield job;
    }
  }

  *#againAndMore(taken: Job[]): Iterable<Job> {
    yield* [...taken];
    yield* this.#takeInto(taken);
  }

  /**
   * One physical transaction of these jobs.
   *
   * @param taken those that have begun: to be told where it is lost
   * @returns false where it was rolled back, and nobody told, because a job failed after it had written: only without savepoints
   */
  async #runJobs(
    taken: readonly Job[],
    jobs: Iterable<Job>,
    watchdog: Watchdog,
    { inSavepoints = false } = {},
  ): Promise<boolean> {
    const failure = await this.#beginTransaction();
    if (failure) {
      for (const job of [...taken, ...this.#takeAll()]) job.reject(failure);
      return true;
    }
    const answers: Answer[] = [];
    let commitMs = 0;
    try {
      for (const job of jobs) {
        const answer = await (inSavepoints ? this.#runApart(job, watchdog) : this.#runAmong(job, watchdog));
        if (!answer) {
          this.#control.rollback();
          return false;
        }
        answers.push(answer);
      }
      const beganMs = this.#stopwatch();
      this.#control.commit();
      commitMs = this.#stopwatch() - beganMs;
    } catch (error) {
      this.#hasLost = true;
      this.#rollBack();
      for (const job of taken) job.reject(commitFailed(error));
      return true;
    }
    this.#onCommit(answers.length, commitMs);
    for (const answer of answers) answer();
    return true;
  }

  /** Undefined where the job failed and left writes behind. */
  async #runAmong(job: Job, watchdog: Watchdog): Promise<Answer | undefined> {
    const before = this.#control.changeCount();
    const { answer, hasFailed } = await this.#runJob(job, watchdog);
    return hasFailed && this.#control.changeCount() !== before ? undefined : answer;
  }

  async #runApart(job: Job, watchdog: Watchdog): Promise<Answer> {
    this.#control.savepoint();
    const { answer, hasFailed } = await this.#runJob(job, watchdog);
    if (hasFailed) this.#control.rollbackToSavepoint();
    else this.#control.release();
    return answer;
  }

  /**
   * The answer waits for the commit even where the work failed: it may have seen what others of the group wrote.
   * Throws only where the whole transaction is lost.
   */
  async #runJob(job: Job, watchdog: Watchdog): Promise<{ answer: Answer; hasFailed: boolean }> {
    const scope: WorkScope = { isOpen: true };
    try {
      const value = await watchdog.guard(job.run(scope));
      // Whatever runs now would be written at once, and alone.
      if (!this.#control.isActive()) throw new Error('the database gave up the transaction');
      return { answer: () => job.resolve(value), hasFailed: false };
    } catch (error) {
      if (!this.#control.isActive()) throw error;
      return { answer: () => job.reject(error), hasFailed: true };
    } finally {
      scope.isOpen = false;
    }
  }

  /** Waits for the write lock without stopping the event loop. */
  async #beginTransaction(): Promise<EngineError | undefined> {
    let waitMs = BUSY_WAIT_FIRST_MS;
    for (let tries = 0; tries < BUSY_TRIES_MAX; tries += 1) {
      try {
        if (this.#control.isActive()) this.#control.rollback();
        this.#control.begin();
        return undefined;
      } catch (error) {
        if (!this.#control.isBusy(error)) return commitFailed(error);
      }
      await sleep(this.#timers, waitMs * (0.5 + this.#random()));
      waitMs = Math.min(waitMs * 2, BUSY_WAIT_LAST_MS);
    }
    return overloaded('another process holds the database');
  }

  /** Where not even that is possible, the group is told all the same, and the next one begins with it. */
  #rollBack(): void {
    try {
      if (this.#control.isActive()) this.#control.rollback();
    } catch {
      // The next group says what is wrong.
    }
  }

  #takeAll(): readonly Job[] {
    const jobs = this.#queue;
    this.#queue = [];
    this.#impatient = 0;
    return jobs;
  }
}

/** One timer for a whole group: a work that it finds at two ticks running has stalled. */
class Watchdog {
  readonly #timers: Timers;
  #timer: ReturnType<Timers['setTimeout']> | undefined;
  #current: ((reason: unknown) => void) | undefined;
  #seen: ((reason: unknown) => void) | undefined;

  constructor(timers: Timers) {
    this.#timers = timers;
    this.#arm();
  }

  guard<T>(running: T | Promise<T>): T | Promise<T> {
    if (!(running instanceof Promise)) return running;
    return new Promise<T>((resolve, reject) => {
      this.#current = reject;
      running.then(resolve, reject);
    });
  }

  stop(): void {
    this.#timers.clearTimeout(this.#timer);
  }

  #arm(): void {
    this.#timer = this.#timers.setTimeout(() => {
      if (this.#current && this.#current === this.#seen) {
        this.#current(new EngineError('internal', 'a transaction waited for something other than the store'));
      }
      this.#seen = this.#current;
      this.#arm();
    }, STALL_MS);
  }
}

function overloaded(message: string): EngineError {
  return new EngineError('overloaded', message, { retryAfterSeconds: OVERLOADED_RETRY_SECONDS });
}

function commitFailed(cause: unknown): EngineError {
  return new EngineError('internal', 'the store could not commit', {}, { cause });
}
