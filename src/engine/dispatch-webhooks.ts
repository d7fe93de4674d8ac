import type { CallbackFormat } from '../core/callback.ts';
import type { Lease } from '../core/delivery.ts';
import { decideWait, type WebhookAnswer, type WebhookDelivery } from '../core/webhook.ts';
import type { Keyring } from '../lib/keyring.ts';
import { sleep, type Timers } from '../lib/time.ts';
import { noTracing, type Tracing } from '../lib/tracing.ts';
import { applyAnswer, type DeliveryContext, failDelivery } from './apply-delivery.ts';
import { createLanes, type Lanes } from './carrier-lanes.ts';
import { claimOnWakes } from './claim-on-wakes.ts';
import { createEndpointRooms, type EndpointRooms, ROOM } from './endpoint-rooms.ts';
import { type OpenDelivery, openDelivery } from './open-delivery.ts';
import type { WebhookSender } from './ports/webhook-sender.ts';
import type { WebhookOutbox } from './webhook-outbox.ts';

/**
 * Takes deliveries from the outbox to their endpoints. What this node wrote comes straight from the use case after its
 * commit; what is due again, or was left behind by a node that died, is claimed by a slow poll. Every delivery at work
 * is covered by a lease and every write is conditional on it. A receiver may see a webhook twice (its id is the same),
 * and sees those of one verification in their order, unless an earlier one fails for minutes.
 */
export interface WebhookDispatcher extends WebhookOutbox {
  /** Begins to poll. Without it only what is offered is sent, which is what a test wants. */
  start(): void;
  /** One poll: claims what is due and starts sending it. @returns how many deliveries were claimed */
  claimDue(): Promise<number>;
  /** Resolves when nothing is at work. */
  settled(): Promise<void>;
  /** Stops claiming, gives posts under way `graceMs` to end, aborts the rest, and releases what was not settled. */
  stop(graceMs: number): Promise<void>;
}

export interface WebhookDispatcherContext extends DeliveryContext {
  readonly keyring: Keyring;
  readonly sender: WebhookSender;
  /** The dialects' own forms, by name. */
  readonly formats: ReadonlyMap<string, CallbackFormat>;
  readonly timers: Timers;
  /** Names this process among the nodes of one database. */
  readonly node: string;
  readonly observe: WebhookObserver;
  readonly tracing?: Tracing;
}

export interface WebhookObserver {
  /** After every post. `disabled`: this answer ended the endpoint. */
  posted(outcome: 'delivered' | 'retry' | 'failed' | 'disabled', durationMs: number): void;
}

/** What Standard Webhooks recommends as the least; a receiver that needs longer should queue. */
const POST_TIMEOUT_MS = 15_000;
/** Room for waiting behind a few slow posts of the same host. A dead node's deliveries move on after this. */
export const DELIVERY_LEASE_MS = 90_000;
const POLL_MS = 500;
const CLAIM_BATCH = 200;
/** Deliveries in this process at once, about 5 kB each while they are posted; what is beyond waits in the store. */
const HELD_MAX = 2_000;
/** A receiver is a web server of ordinary size, and somebody else's. */
const POSTS_PER_HOST = 16;

export function createWebhookDispatcher(context: WebhookDispatcherContext): WebhookDispatcher {
  const { store, clock, timers, node, logger } = context;
  const held = new Map<string, Lease>();
  const running = new Set<Promise<void>>();
  /** The last delivery at work of each endpoint and subject: the next one follows it. */
  const tails = new Map<string, Promise<void>>();
  const stopping = new AbortController();
  const floor: Floor = {
    hosts: createLanes(POSTS_PER_HOST),
    rooms: createEndpointRooms(),
    posts: new Set(),
    stopping: stopping.signal,
  };
  let polling: Promise<void> = Promise.resolve();
  let endWakes: () => void = () => {};
  let nap = new AbortController();

  function take(delivery: WebhookDelivery): void {
    const { id, endpointId, subjectId, lease } = delivery;
    if (!lease || held.has(id)) return;
    held.set(id, lease);
    floor.rooms.enter(endpointId);
    const order = `${endpointId}/${subjectId}`;
    const run: Promise<void> = (tails.get(order) ?? Promise.resolve())
      .then(() => deliver(context, floor, delivery, lease))
      .catch((error: unknown): End => {
        logger.error({ error, deliveryId: id }, 'webhook dispatch failed');
        return 'done';
      })
      .then((end) => {
        if (end !== 'not-begun') held.delete(id);
        floor.rooms.leave(endpointId);
        running.delete(run);
        if (tails.get(order) === run) tails.delete(order);
        if (end === 'next-due') nap.abort();
      });
    tails.set(order, run);
    running.add(run);
  }

  async function claimDue(): Promise<number> {
    const limit = Math.min(CLAIM_BATCH, HELD_MAX - held.size);
    if (limit <= 0 || stopping.signal.aborted) return 0;
    const nowMs = clock();
    const deliveries = await store.claimDeliveries({
      node,
      nowMs,
      leaseUntilMs: nowMs + DELIVERY_LEASE_MS,
      limit,
      limitPerEndpoint: ROOM,
      roomByEndpoint: floor.rooms.narrowed(nowMs),
    });
    for (const delivery of deliveries) take(delivery);
    return deliveries.length;
  }

  /** A failure is logged: the next look comes soon. */
  const claim = () =>
    claimDue().catch((error: unknown) => {
      logger.error({ error }, 'claiming webhooks failed');
      return 0;
    });

  async function poll(): Promise<void> {
    while (!stopping.signal.aborted) {
      nap = new AbortController();
      const claimed = await claim();
      if (claimed < CLAIM_BATCH) await sleep(timers, POLL_MS, AbortSignal.any([nap.signal, stopping.signal]));
    }
  }

  const settled = async (): Promise<void> => {
    while (running.size > 0) await Promise.all(running);
  };

  return {
    leaseForNew: (endpointId, nowMs) =>
      stopping.signal.aborted || held.size >= HELD_MAX || floor.rooms.roomOf(endpointId, nowMs) === 0
        ? undefined
        : { node, number: 1, untilMs: nowMs + DELIVERY_LEASE_MS },
    offer(events) {
      for (const event of events) {
        for (const delivery of event.deliveries ?? []) take(delivery);
      }
    },
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
      for (const post of floor.posts) post.abort();
      await settled();
      const leases = [...held].map(([deliveryId, lease]) => ({ deliveryId, lease }));
      held.clear();
      if (leases.length > 0) await store.releaseDeliveries(leases);
    },
  };
}

/** `not-begun`: still leased to us and to be given back. `next-due`: there is something to claim at once. */
type End = 'done' | 'next-due' | 'not-begun';

interface Floor {
  readonly hosts: Lanes;
  readonly rooms: EndpointRooms;
  /** One for each post under way. */
  readonly posts: Set<AbortController>;
  readonly stopping: AbortSignal;
}

async function deliver(
  context: WebhookDispatcherContext,
  floor: Floor,
  { id }: WebhookDelivery,
  lease: Lease,
): Promise<End> {
  const { store, clock, keyring, formats } = context;
  if (floor.stopping.aborted) return 'not-begun';
  const held = { deliveryId: id, lease };
  const work = await store.loadDelivery(held);
  if (!work) return 'done';
  const { delivery } = work;
  const nowMs = clock();
  const opened = openDelivery(work, keyring, (format) => formats.get(format)?.needsAddress ?? false, nowMs);
  if (opened.kind === 'dead') {
    const record = await failDelivery(context, delivery, lease, opened.failure);
    return record?.isNextDue ? 'next-due' : 'done';
  }
  const waitUntilMs = decideWait(delivery, work.earlierDueAtMs, nowMs);
  if (waitUntilMs !== undefined) {
    await store.postponeDelivery(held, waitUntilMs, nowMs);
    return 'done';
  }
  const leave = await floor.hosts.enter(new URL(opened.open.url).host, floor.stopping);
  if (!leave) return 'not-begun';
  try {
    // Where the lease would end during the post it is given back: others, and we, may claim it anew.
    if (clock() + POST_TIMEOUT_MS >= lease.untilMs) {
      await store.releaseDeliveries([held]);
      return 'done';
    }
    return await post(context, floor, delivery, opened.open, lease);
  } finally {
    leave();
  }
}

async function post(
  context: WebhookDispatcherContext,
  floor: Floor,
  delivery: WebhookDelivery,
  open: OpenDelivery,
  lease: Lease,
): Promise<End> {
  const { sender, clock, observe, tracing = noTracing } = context;
  const { endpoint, event, subject, url, secrets } = open;
  const aborter = new AbortController();
  floor.posts.add(aborter);
  const startedMs = clock();
  let answer: WebhookAnswer;
  try {
    const { format } = endpoint;
    const outbound = { url, format, secrets, event, subject, timeoutMs: POST_TIMEOUT_MS };
    answer = await tracing.run(
      'webhook.post',
      {
        'otpost.tenant.id': event.tenantId,
        'otpost.endpoint.id': endpoint.id,
        'otpost.event.type': event.type,
      },
      async (span) => {
        const answered = await sender.send(outbound, aborter.signal);
        span.set({ 'otpost.outcome': answered.kind });
        return answered;
      },
      { kind: 'client' },
    );
  } finally {
    floor.posts.delete(aborter);
  }
  // Cut short by the end of this process: that says nothing of the receiver.
  if (aborter.signal.aborted) return 'not-begun';
  const { step, record } = await applyAnswer(context, delivery, endpoint, lease, answer);
  floor.rooms.report(endpoint.id, step.kind === 'delivered', clock());
  observe.posted(record?.isEndpointDisabled ? 'disabled' : step.kind, clock() - startedMs);
  return record?.isNextDue ? 'next-due' : 'done';
}
