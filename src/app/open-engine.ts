/**
 * The working parts without HTTP: database, keys, carriers, engine and dispatcher. A server and a command line are both
 * made of them. Nothing here begins to work by itself: `startWork` does.
 */
import type { CarrierDeps } from '../carriers/carrier-kind.ts';
import type { Config } from '../config/config.ts';
import { createSettingsOf } from '../core/tenant-settings.ts';
import { createAnnounce } from '../engine/announce.ts';
import type { EngineContext } from '../engine/context.ts';
import { createEngine } from '../engine/create-engine.ts';
import { createDispatcher, type Dispatcher } from '../engine/dispatch-messages.ts';
import type { WebhookDispatcher } from '../engine/dispatch-webhooks.ts';
import type { Engine } from '../engine/engine.ts';
import type { LiveKeyring } from '../engine/live-keyring.ts';
import type { Outbox } from '../engine/outbox.ts';
import { sharedCarrierOf } from '../engine/ports/shared-carrier.ts';
import type { Carrier, ReceiptSink, Store } from '../engine/ports.ts';
import { startKeyCare } from '../engine/reseal.ts';
import { createRouter } from '../engine/router.ts';
import { startRunningFallbacks } from '../engine/run-fallbacks.ts';
import { type CarrierSharing, createCarrierSharing } from '../engine/share-carriers.ts';
import { DEFAULT_RETENTION, type Retention, startSweeping } from '../engine/sweep.ts';
import { createTenantTexts } from '../engine/tenant-texts.ts';
import { createFailureWatch, type FailureWatch } from '../engine/watch-failures.ts';
import { createWebhookUrls } from '../engine/webhook-urls.ts';
import type { Logger } from '../lib/logger.ts';
import type { Metrics } from '../lib/metrics.ts';
import { createSystemRandomBytes, type RandomBytes } from '../lib/random.ts';
import { createSafeFetch } from '../lib/safe-fetch.ts';
import { type Clock, systemClock, systemTimers, type Timers } from '../lib/time.ts';
import { noTracing, type Tracing } from '../lib/tracing.ts';
import { createUuidMaker } from '../lib/uuid.ts';
import { countEvent, createDispatchObserver } from './count-event.ts';
import { toLocalUrl } from './local-url.ts';
import { closeCarriers, createStandIn, openCarriers } from './open-carriers.ts';
import { openDatabase } from './open-database.ts';
import { openKeyring } from './open-keyring.ts';
import { openWebhooks } from './open-webhooks.ts';
import { createReceiptSinks } from './receipt-sinks.ts';
import { traceEngine, traceStore } from './trace-engine.ts';

/** What a test puts in place of the real thing. */
export interface Overrides {
  readonly clock?: Clock;
  readonly timers?: Timers;
  readonly randomBytes?: RandomBytes;
  /** Uniform in [0, 1), for jitter. */
  readonly random?: () => number;
  /** Closed with the app, like one of its own. */
  readonly store?: Store;
  /** In place of those of the config. */
  readonly carriers?: readonly Carrier[];
  /** Names this process among the nodes of one database. */
  readonly node?: string;
}

export interface EngineOptions {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tracing?: Tracing;
  /** Whether this process connects to networks and sends. */
  readonly sends: boolean;
  /** Whether new messages are taken by this process at once, or left to any that polls. */
  readonly takesNew: boolean;
  readonly overrides?: Overrides;
}

export interface OpenEngine extends AsyncDisposable {
  readonly engine: Engine;
  readonly context: EngineContext & { readonly timers: Timers; readonly logger: Logger };
  readonly store: Store;
  readonly keyring: LiveKeyring;
  readonly carriers: readonly Carrier[];
  readonly receipts: ReceiptSink;
  readonly dispatcher: Dispatcher;
  readonly webhookDispatcher: WebhookDispatcher;
  /** From now on: learns of new keys and endpoints and, where it sends, sends what is due and sweeps. */
  startWork(work: { readonly sends: boolean }): void;
}

/** A submit under way may take this long to end at shutdown; then it is given up with an unknown outcome. */
const DISPATCH_GRACE_MS = 2_500;
/** A post cut short is made again by whoever claims it: it is at least once anyway. */
const POST_GRACE_MS = 1_000;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const NODE_NAME_BYTES = 6;

/** @throws StoreError, StartupError, SecretFileError */
export async function openEngine(config: Config, options: EngineOptions): Promise<OpenEngine> {
  const tools = makeTools(options);
  const { clock, timers } = tools;
  const untraced =
    options.overrides?.store ??
    (await openDatabase(config, { clock, timers, onCommit: commitCounter(options.metrics) }));
  const store = traceStore(untraced, tools.tracing);
  const opened: AsyncDisposable[] = [store];
  try {
    const safeFetch = createSafeFetch({ ...config.outbound, timers });
    opened.push(safeFetch);
    const { keyring } = await openKeyring(config, { ...tools, store });
    const { metrics, takesNew } = options;
    const posting = { ...tools, store, keyring, safeFetch, metrics, takesNew };
    const { fanOut, outbox, dispatcher: webhookDispatcher } = await openWebhooks(posting);
    const failures = createFailureWatch({
      ...{ ...tools, store, webhooks: fanOut, alarm: config.alarms.wrongCodes },
      announce: createAnnounce(tools.logger, (event) => countEvent(options.metrics, event), outbox),
    });
    const base = { ...tools, store, keyring, webhooks: fanOut, announce: failures.announce };
    const receipts = createReceiptSinks(base, metrics, tools.tracing);
    const carriers = await pickCarriers(config, options, {
      ...{ ...tools, metrics, safeFetch },
      receipts: receipts.ofCarriers,
    });
    const { publicUrl = defaultPublicUrl(config) } = config.http;
    const settingsOf = createSettingsOf(config.settings);
    const shared = {
      ...base,
      settingsOf,
      prices: config.prices,
      router: createRouter({ ...tools, carriers, routes: config.routes }),
      texts: createTenantTexts(store, clock, settingsOf),
      webhookUrls: createWebhookUrls(config.outbound),
      ...(publicUrl !== undefined && { publicUrl }),
    };
    const dispatcher = createDispatcher({ ...shared, observe: createDispatchObserver(options.metrics) });
    const context = { ...shared, outbox: options.takesNew ? dispatcher : LEFT_TO_OTHERS };
    const { tracing } = tools;
    const work = { dispatcher, webhookDispatcher, receipts: receipts.ofRequests };
    return assemble({ context, ...work, failures, carriers, config, opened, tracing });
  } catch (error) {
    await closeAll(opened);
    throw error;
  }
}

/** Messages are written without a lease; whoever polls takes them. */
const LEFT_TO_OTHERS: Outbox = { leaseForNew: () => undefined, offer: () => undefined };

function makeTools({ logger, tracing = noTracing, overrides = {} }: EngineOptions) {
  const {
    clock = systemClock,
    timers = systemTimers,
    randomBytes = createSystemRandomBytes(),
    random = Math.random,
  } = overrides;
  const node = overrides.node ?? `node-${Buffer.from(randomBytes(NODE_NAME_BYTES)).toString('hex')}`;
  const makeId = createUuidMaker(clock, randomBytes);
  return { clock, timers, randomBytes, random, node, logger, tracing, makeId };
}

function commitCounter(metrics: Metrics): (transactionCount: number, durationMs: number) => void {
  return (transactionCount, durationMs) => {
    metrics.count('otpost_store_transactions_total', {}, transactionCount);
    metrics.observe('otpost_group_commit_size', {}, transactionCount);
    metrics.observe('otpost_store_commit_duration_seconds', {}, durationMs / 1000);
  };
}

function pickCarriers(
  config: Config,
  { overrides, sends }: EngineOptions,
  deps: CarrierDeps,
): readonly Carrier[] | Promise<readonly Carrier[]> {
  if (overrides?.carriers) return overrides.carriers;
  return sends ? openCarriers(config.carriers, deps) : config.carriers.map(createStandIn);
}

/** Unless the system chooses the port, which is then not known yet. */
function defaultPublicUrl({ host, port }: Config): string | undefined {
  return port === 0 ? undefined : toLocalUrl(host, port);
}

interface Assembly {
  readonly context: OpenEngine['context'] & { readonly keyring: LiveKeyring; readonly node: string };
  readonly dispatcher: Dispatcher;
  readonly webhookDispatcher: WebhookDispatcher;
  readonly carriers: readonly Carrier[];
  readonly config: Config;
  readonly opened: readonly AsyncDisposable[];
  readonly receipts: ReceiptSink;
  readonly tracing: Tracing;
  readonly failures: FailureWatch;
}

function assemble(assembly: Assembly): OpenEngine {
  const { context, dispatcher, webhookDispatcher, carriers, config, opened, receipts, tracing } = assembly;
  const { store, keyring, webhooks } = context;
  const { failures } = assembly;
  const loops: { stop(): Promise<void> }[] = [];
  let sharing: CarrierSharing | undefined;
  return {
    ...{ context, store, keyring, carriers, dispatcher, webhookDispatcher, receipts },
    engine: traceEngine(createEngine(context), tracing),
    startWork({ sends }) {
      webhooks.start();
      loops.push(webhooks, startKeyCare({ ...context, keyring, reseals: sends }));
      if (!sends) return;
      sharing = shareCarriers(context, carriers);
      if (sharing) loops.push(sharing);
      dispatcher.start();
      webhookDispatcher.start();
      loops.push(startRunningFallbacks(context), startSweeping(context, toRetention(config)));
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...loops.map((loop) => loop.stop()), dispatcher.stop(DISPATCH_GRACE_MS)]);
      await failures.settled();
      // After those that make events: what they made last is still posted, or released.
      await webhookDispatcher.stop(POST_GRACE_MS);
      await closeCarriers(carriers);
      await sharing?.release();
      await closeAll(opened);
    },
  };
}

/** Where several machines may send by the same accounts. */
function shareCarriers(
  context: Assembly['context'],
  carriers: readonly Carrier[],
): CarrierSharing | undefined {
  const { store } = context;
  if (!store.claimSlots) return undefined;
  const shared = carriers.flatMap((carrier) => {
    const found = sharedCarrierOf(carrier);
    return found ? [[carrier.id, found] as const] : [];
  });
  if (shared.length === 0) return undefined;
  const sharing = createCarrierSharing({
    ...context,
    claimSlots: store.claimSlots,
    carriers: new Map(shared),
  });
  sharing.start();
  return sharing;
}

/** The last opened first. */
async function closeAll(opened: readonly AsyncDisposable[]): Promise<void> {
  for (const one of opened.toReversed()) await one[Symbol.asyncDispose]();
}

function toRetention({ retention }: Config): Retention {
  const { finishedDays, receiptWaitHours, parkedMinutes } = retention;
  return {
    finishedMs: finishedDays === undefined ? DEFAULT_RETENTION.finishedMs : finishedDays * DAY_MS,
    receiptWaitMs:
      receiptWaitHours === undefined ? DEFAULT_RETENTION.receiptWaitMs : receiptWaitHours * HOUR_MS,
    parkedMs: parkedMinutes === undefined ? DEFAULT_RETENTION.parkedMs : parkedMinutes * MINUTE_MS,
  };
}
