import type { Lease, Message, SubmitOutcome } from '../core/delivery.ts';
import type { Logger } from '../lib/logger.ts';
import { sleep, type Timers } from '../lib/time.ts';
import { noTracing, type SpanAttributes, type Tracing } from '../lib/tracing.ts';
import { type AttemptContext, applyAttempt } from './apply-attempt.ts';
import { createLanes, type Lanes } from './carrier-lanes.ts';
import { claimOnWakes } from './claim-on-wakes.ts';
import type { Outbox, OutboxWork } from './outbox.ts';
import type { Carrier } from './ports.ts';
import { openContent } from './read-messages.ts';
import { sealContext } from './views.ts';

/**
 * Takes messages from the outbox to carriers. A message that this node wrote comes straight from the use case; what
 * is due again, or was left behind by a node that died, is claimed by a slow poll. Every message at work is covered
 * by a lease, and every write is conditional on it, so a node that stalled finishes nothing that another took over.
 */
export interface Dispatcher extends Outbox {
  /** Begins to poll. Without it only what is offered is sent, which is what a test wants. */
  start(): void;
  /** One poll: claims what is due and starts sending it. @returns how many messages were claimed */
  claimDue(): Promise<number>;
  /** Resolves when nothing is at work. */
  settled(): Promise<void>;
  /** Stops claiming, gives submits under way `graceMs` to end, aborts the rest, and releases what was not begun. */
  stop(graceMs: number): Promise<void>;
}

export interface DispatcherContext extends AttemptContext {
  readonly logger: Logger;
  readonly timers: Timers;
  /** Names this process among the nodes of one database. */
  readonly node: string;
  readonly observe: DispatchObserver;
  readonly tracing?: Tracing;
}

/** What telemetry hears of; durations in milliseconds. */
export interface DispatchObserver {
  submitted(carrier: string, outcome: SubmitOutcome['kind'], durationMs: number): void;
  /** From the commit of a new message to the first call of a carrier. */
  waited(channel: string, durationMs: number): void;
}

/** Longer than a submit may take plus the commit after it. A dead node's messages move on after this. */
export const LEASE_MS = 45_000;
/** A carrier that has not answered by then has an unknown outcome. */
export const SUBMIT_TIMEOUT_MS = 20_000;
const POLL_MS = 500;
const CLAIM_BATCH = 200;
/** Messages in this process at once, about 2 kB each; what is beyond waits in the store. */
const HELD_MAX = 10_000;

export function createDispatcher(context: DispatcherContext): Dispatcher {
  const { store, keyring, clock, timers, node, logger, tracing = noTracing } = context;
  const held = new Map<string, Lease>();
  const running = new Set<Promise<void>>();
  const lanes = createLanes();
  const stopping = new AbortController();
  const submits = new Set<AbortController>();
  let polling: Promise<void> = Promise.resolve();
  let endWakes: () => void = () => {};

  function take(work: OutboxWork): void {
    const lease = work.message.lease;
    if (!lease || held.has(work.message.id)) return;
    held.set(work.message.id, lease);
    const floor = { lanes, submits, stopping: stopping.signal };
    const run = tracing
      .run('message.dispatch', spanAttributesOf(work.message), (span) => {
        span.about(work.message.id);
        return send(context, floor, work, lease);
      })
      .catch((error: unknown) => logger.error({ error, messageId: work.message.id }, 'dispatch failed'))
      .then((end) => {
        if (end !== 'not-begun') held.delete(work.message.id);
        running.delete(run);
      });
    running.add(run);
  }

  async function claimDue(): Promise<number> {
    const limit = Math.min(CLAIM_BATCH, HELD_MAX - held.size);
    if (limit <= 0 || stopping.signal.aborted) return 0;
    const nowMs = clock();
    const messages = await store.claimMessages({ node, nowMs, leaseUntilMs: nowMs + LEASE_MS, limit });
    for (const message of messages) take(openWork(message));
    return messages.length;
  }

  /** A failure is logged: the next look comes soon. */
  const claim = () =>
    claimDue().catch((error: unknown) => {
      logger.error({ error }, 'claiming messages failed');
      return 0;
    });

  function openWork(message: Message): OutboxWork {
    const to = keyring.open(message.toSealed, sealContext.messageTo(message.id));
    return { message, to, content: openContent(message, keyring) };
  }

  async function poll(): Promise<void> {
    while (!stopping.signal.aborted) {
      const claimed = await claim();
      if (claimed < CLAIM_BATCH) await sleep(timers, POLL_MS, stopping.signal);
    }
  }

  const settled = async (): Promise<void> => {
    while (running.size > 0) await Promise.all(running);
  };

  return {
    leaseForNew: (nowMs) =>
      stopping.signal.aborted || held.size >= HELD_MAX
        ? undefined
        : { node, number: 1, untilMs: nowMs + LEASE_MS },
    offer: take,
    start: () => {
      polling = poll();
      endWakes = claimOnWakes(store, claim);
    },
    claimDue,
    settled,
    async stop(graceMs) {
      stopping.abort();
      endWakes();
      await polling;
      const grace = new AbortController();
      await Promise.race([settled(), sleep(timers, graceMs, grace.signal)]);
      grace.abort();
      for (const submit of submits) submit.abort();
      await settled();
      const leases = [...held].map(([messageId, lease]) => ({ messageId, lease }));
      held.clear();
      if (leases.length > 0) await store.releaseMessages(leases);
    },
  };
}

function spanAttributesOf({ tenantId, verificationId, channel, dialect }: Message): SpanAttributes {
  return {
    'otpost.tenant.id': tenantId,
    'otpost.channel': channel,
    'otpost.dialect': dialect,
    ...(verificationId !== undefined && { 'otpost.verification.id': verificationId }),
  };
}

type End = 'done' | 'not-begun';

interface Floor {
  readonly lanes: Lanes;
  /** One for each submit under way. */
  readonly submits: Set<AbortController>;
  readonly stopping: AbortSignal;
}

/** Offers one message to carriers until one has it or it has to wait. */
async function send(context: DispatcherContext, floor: Floor, work: OutboxWork, lease: Lease): Promise<End> {
  let message = work.message;
  for (;;) {
    if (context.clock() >= message.notAfterMs) {
      await applyAttempt(context, message, lease, { kind: 'out-of-time' });
      return 'done';
    }
    const { channel, mode, tenantId, details, triedCarriers } = message;
    const { sender, country } = details;
    const candidates = context.router.candidates({ channel, mode, to: work.to, country, tenantId, sender });
    if (candidates.length === 0) {
      await applyAttempt(context, message, lease, { kind: 'no-carrier' });
      return 'done';
    }
    // Where every one was tried already, by an earlier message with the same code say, a new round begins.
    const untried = candidates.filter(({ id }) => !triedCarriers.includes(id));
    const left = untried.length > 0 ? untried : candidates;
    const pick = context.router.pick(left);
    if (pick.kind === 'wait') {
      await applyAttempt(context, message, lease, { kind: 'none-up', retryAfterMs: pick.retryAfterMs });
      return 'done';
    }
    const leave = await floor.lanes.enter(pick.carrier.id, floor.stopping);
    if (!leave) return 'not-begun';
    const othersLeft = left.length - 1;
    const next = await attempt(context, floor, { ...work, message }, lease, pick.carrier, othersLeft).finally(
      leave,
    );
    if (!next) return 'done';
    message = next;
  }
}

/** @returns the message as it stands where the next carrier is to be asked at once */
async function attempt(
  context: DispatcherContext,
  floor: Floor,
  work: OutboxWork,
  lease: Lease,
  carrier: Carrier,
  othersLeft: number,
): Promise<Message | undefined> {
  const { message } = work;
  const nowMs = context.clock();
  // The wait for the lane may have used up the time of the message: the caller looks again.
  if (nowMs >= message.notAfterMs) return message;
  // Where the lease would end during the submit the message is left to whoever claims it then.
  if (nowMs + SUBMIT_TIMEOUT_MS > lease.untilMs) return undefined;
  const outcome = await submit(context, floor, carrier, work, nowMs);
  context.router.record(carrier.id, outcome);
  return applyAttempt(context, message, lease, {
    kind: 'answered',
    carrier: carrier.id,
    outcome,
    othersLeft,
  });
}

/** A carrier never rejects by its contract; one that does has a bug, and nobody knows what it did before. */
async function submit(
  { clock, observe, timers, logger, tracing = noTracing }: DispatcherContext,
  { submits }: Floor,
  carrier: Carrier,
  { message, to, content }: OutboxWork,
  startedMs: number,
): Promise<SubmitOutcome> {
  if (message.attemptCount === 0) observe.waited(message.channel, startedMs - message.createdAtMs);
  const aborter = new AbortController();
  submits.add(aborter);
  const timer = timers.setTimeout(() => aborter.abort(), SUBMIT_TIMEOUT_MS);
  const { id, tenantId, channel, segments, notAfterMs, details } = message;
  const { sender, locale, template } = details;
  const outbound = { ...content, id, tenantId, channel, to, sender, locale, template, segments, notAfterMs };
  try {
    const outcome = await tracing.run(
      'carrier.submit',
      { 'otpost.carrier': carrier.id, 'otpost.message.id': id },
      async (span) => {
        const answer = await carrier.submit(outbound, aborter.signal);
        span.set({ 'otpost.outcome': answer.kind });
        return answer;
      },
      { kind: 'client' },
    );
    observe.submitted(carrier.id, outcome.kind, clock() - startedMs);
    return outcome;
  } catch (error) {
    logger.error({ error, carrier: carrier.id, messageId: id }, 'carrier threw');
    return { kind: 'unknown', reason: 'carrier-threw' };
  } finally {
    timers.clearTimeout(timer);
    submits.delete(aborter);
  }
}
