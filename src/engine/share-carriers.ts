import { type SlotGrant, shareOf } from '../core/carrier-slots.ts';
import type { Logger } from '../lib/logger.ts';
import { type Clock, sleep, type Timers } from '../lib/time.ts';
import type { CarrierSlotStore } from './ports/carrier-slots.ts';
import type { SharedCarrier } from './ports/shared-carrier.ts';

/**
 * Keeps this node to its part of each carrier's account, so that an account of two binds has two however many nodes
 * run. A node uses less before it gives back, and takes only what is free; one that cannot renew stops using what it had
 * before others may take it.
 */
export interface CarrierSharing {
  /** Renews, and tells carriers what they may use now. Never rejects. */
  renew(): Promise<void>;
  start(): void;
  stop(): Promise<void>;
  /** After the carriers have ended their binds: others may have the slots at once. */
  release(): Promise<void>;
}

export interface SharingOptions {
  readonly claimSlots: NonNullable<CarrierSlotStore['claimSlots']>;
  readonly carriers: ReadonlyMap<string, SharedCarrier>;
  /** Names this process among the nodes of one database. */
  readonly node: string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
}

/**
 * A dead node's slots are idle for so long, while the others go on with theirs. It is longer than nodes' clocks may be
 * apart (30 s) and two renewals may fail, as nothing fences a bind: taken over too early there would be one too many.
 */
export const SLOT_LEASE_MS = 60_000;
/** A bind that is given up has this time to drain before its slot is given back. */
export const RENEW_MS = 5_000;
/** A database that does not answer by then counts as one that failed. */
const CLAIM_TIMEOUT_MS = 8_000;
/** Use ends before the lease does: a try that began just before that takes its time and finds it out only then. */
const MARGIN_MS = RENEW_MS + CLAIM_TIMEOUT_MS + 2_000;

interface Holding {
  /** What it was last told to be its part: the most that it asks for. */
  fair: number;
  used: number;
  usableUntilMs: number;
}

export function createCarrierSharing(options: SharingOptions): CarrierSharing {
  const { claimSlots, carriers, node, clock, timers, logger } = options;
  const holdings = new Map<string, Holding>();
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  for (const [id, carrier] of carriers) {
    // Until it is known what this node may use, that is nothing.
    carrier.setShare(shareOf(carrier.account, 0));
    holdings.set(id, { fair: 0, used: 0, usableUntilMs: 0 });
  }

  function use(id: string, carrier: SharedCarrier, holding: Holding, slots: number): void {
    if (slots === holding.used) return;
    holding.used = slots;
    carrier.setShare(shareOf(carrier.account, slots));
    logger.info({ carrier: id, binds: slots, of: carrier.account.binds }, 'share of a carrier');
  }

  async function renewOne(id: string, carrier: SharedCarrier, holding: Holding): Promise<void> {
    const nowMs = clock();
    const leaseUntilMs = nowMs + SLOT_LEASE_MS;
    const { binds: total } = carrier.account;
    let grant: SlotGrant;
    try {
      const claim = { carrier: id, node, total, atMost: holding.fair, nowMs, leaseUntilMs };
      grant = await within(timers, CLAIM_TIMEOUT_MS, claimSlots(claim));
    } catch (error) {
      logger.error({ error, carrier: id }, 'renewing the share of a carrier failed');
      if (clock() >= holding.usableUntilMs) use(id, carrier, holding, 0);
      return;
    }
    holding.fair = grant.fair;
    holding.usableUntilMs = leaseUntilMs - MARGIN_MS;
    use(id, carrier, holding, Math.min(grant.held, grant.fair));
  }

  async function renew(): Promise<void> {
    await Promise.all(
      [...carriers].map(([id, carrier]) => {
        const holding = holdings.get(id);
        return holding && renewOne(id, carrier, holding);
      }),
    );
  }

  async function loop(): Promise<void> {
    // The first says that there is one more, and hears of its part; the second takes it where it is free.
    await renew();
    while (!stopping.signal.aborted) {
      await renew();
      await sleep(timers, RENEW_MS, stopping.signal);
    }
  }

  return {
    renew,
    start: () => {
      running = loop();
    },
    async stop() {
      stopping.abort();
      await running;
    },
    async release() {
      const nowMs = clock();
      const leaves = { node, atMost: 0, nowMs, leaseUntilMs: nowMs };
      const releases = [...carriers].map(([id, { account }]) =>
        claimSlots({ ...leaves, carrier: id, total: account.binds }),
      );
      // What cannot be given back ends with its lease.
      await Promise.allSettled(releases);
    },
  };
}

async function within<T>(timers: Timers, timeoutMs: number, work: Promise<T>): Promise<T> {
  let handle: ReturnType<Timers['setTimeout']> | undefined;
  const timeout = new Promise<never>((_, reject) => {
    handle = timers.setTimeout(() => reject(new Error('no answer in time')), timeoutMs);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    timers.clearTimeout(handle);
  }
}
