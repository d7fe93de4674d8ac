/** The whole engine on a real store with scripted carriers, a manual clock and seeded randomness. */
import assert from 'node:assert/strict';
import type { CallbackFormat } from '../../src/core/callback.ts';
import type { Event } from '../../src/core/events.ts';
import { NATIVE_POLICY, type Policy } from '../../src/core/policy.ts';
import { type Prices, SEGMENTS_AS_PRICES } from '../../src/core/prices.ts';
import type { KeyMode, Principal } from '../../src/core/principal.ts';
import { DEFAULT_LIMITS, type Limit } from '../../src/core/rate-limit.ts';
import type { Route } from '../../src/core/routing.ts';
import { createSettingsOf, type Settings, type TenantSettings } from '../../src/core/tenant-settings.ts';
import type { NewEvent } from '../../src/core/webhook.ts';
import type { StartCommand } from '../../src/engine/commands.ts';
import { createEngine } from '../../src/engine/create-engine.ts';
import { createDispatcher } from '../../src/engine/dispatch-messages.ts';
import { createWebhookDispatcher } from '../../src/engine/dispatch-webhooks.ts';
import type { WebhookSender } from '../../src/engine/ports/webhook-sender.ts';
import type { Carrier, Store } from '../../src/engine/ports.ts';
import { recordReceipt } from '../../src/engine/record-receipt.ts';
import { createRouter } from '../../src/engine/router.ts';
import { DEFAULT_RETENTION, sweep } from '../../src/engine/sweep.ts';
import { createTenantTexts } from '../../src/engine/tenant-texts.ts';
import { createFanOut } from '../../src/engine/webhook-fan-out.ts';
import { createWebhookUrls, type WebhookUrlRules } from '../../src/engine/webhook-urls.ts';
import { createKeyring } from '../../src/lib/keyring.ts';
import { createUuidMaker } from '../../src/lib/uuid.ts';
import { createCapturingLogger } from './capturing-logger.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';
import { createScriptedCarrier, type ScriptedCarrier } from './scripted-carrier.ts';
import { createScriptedSender } from './scripted-sender.ts';
import { createSeededRandomBytes } from './seeded-random.ts';

export interface HarnessOptions {
  readonly carriers?: readonly Carrier[];
  readonly routes?: readonly Route[];
  readonly limits?: readonly Limit[];
  readonly settings?: Partial<TenantSettings>;
  /** Of single tenants, by id or e-mail address. */
  readonly ownSettings?: Settings['own'];
  readonly prices?: Prices;
  readonly seed?: string;
  readonly node?: string;
  readonly clock?: ManualClock;
  /** Who posts webhooks; what it is given is kept in `sender` where none is given. */
  readonly webhookSender?: WebhookSender;
  readonly callbackFormats?: readonly CallbackFormat[];
  readonly webhookUrlRules?: WebhookUrlRules;
}

/** What a config file that says nothing says, but for the limits. */
export const NO_SETTINGS: TenantSettings = {
  limits: [],
  senders: [],
  templates: [],
  policy: {},
  callingCodes: {},
};

export type EngineHarness = Awaited<ReturnType<typeof createEngineHarness>>;

/** @param store open and empty; whoever opened it closes it */
export async function createEngineHarness(store: Store, options: HarnessOptions = {}) {
  const { seed = 'engine', node = 'node-a', limits = DEFAULT_LIMITS, clock = createManualClock() } = options;
  const randomBytes = createSeededRandomBytes(`${seed}/${node}`);
  // The same data keys on every node of one database.
  const keyBytes = createSeededRandomBytes(`${seed}/keys`);
  const keyring = createKeyring(
    {
      seal: [{ name: 'seal-1', bytes: keyBytes(32) }],
      lookup: { name: 'lookup-1', bytes: keyBytes(32) },
      code: [{ name: 'code-1', bytes: keyBytes(32) }],
    },
    randomBytes,
  );
  const carrier = createScriptedCarrier('main');
  const carriers = options.carriers ?? [carrier];
  const routes = options.routes ?? everyChannelBy(carriers.map(({ id }) => id));
  const announced: Event[] = [];
  const sender = createScriptedSender();
  const formats = new Map((options.callbackFormats ?? []).map((format) => [format.name, format]));
  const outcomes: string[] = [];
  const settingsOf = createSettingsOf({
    usual: { ...NO_SETTINGS, limits, ...options.settings },
    own: options.ownSettings ?? {},
  });
  const parts = {
    store,
    keyring,
    clock: clock.now,
    timers: clock.timers,
    randomBytes,
    random: () => 0.5,
    makeId: createUuidMaker(clock.now, randomBytes),
    settingsOf,
    prices: options.prices ?? SEGMENTS_AS_PRICES,
    router: createRouter({ carriers, routes, clock: clock.now, random: () => 0.5 }),
    texts: createTenantTexts(store, clock.now, settingsOf),
    webhookUrls: createWebhookUrls(options.webhookUrlRules),
    logger: createCapturingLogger(),
    node,
    observe: { submitted: () => {}, waited: () => {} },
  };
  const webhookDispatcher = createWebhookDispatcher({
    ...parts,
    announce: (events) => announced.push(...events),
    sender: options.webhookSender ?? sender,
    formats,
    observe: { posted: (outcome) => outcomes.push(outcome) },
  });
  const webhooks = createFanOut({ ...parts, outbox: webhookDispatcher, formats });
  await webhooks.refresh();
  const announce = (events: readonly NewEvent[]) => {
    webhookDispatcher.offer(events);
    announced.push(...events);
  };
  const base = { ...parts, webhooks, announce };
  const dispatcher = createDispatcher(base);
  const context = { ...base, outbox: dispatcher };
  const engine = createEngine(context);

  return {
    engine,
    context,
    store,
    clock,
    carrier,
    dispatcher,
    webhookDispatcher,
    /** What webhooks were posted, and how each answer was read. */
    sender,
    outcomes,
    announced,
    async receive(
      receipt: { carrierMessageId: string; state: 'delivered' | 'failed' | 'accepted' },
      by = 'main',
    ): Promise<void> {
      await recordReceipt(context, { carrier: by, receivedAtMs: clock.now(), ...receipt });
    },
    sweep: () => sweep(context, DEFAULT_RETENTION),
    /** Sends what is due, as the poll would. */
    async dispatch() {
      await dispatcher.claimDue();
      await dispatcher.settled();
    },
    /** Posts what is due, as the poll would. */
    async dispatchWebhooks() {
      await webhookDispatcher.claimDue();
      await webhookDispatcher.settled();
    },
    async createPrincipal(
      mode: KeyMode = 'live',
      email = `${context.makeId()}@acme.example`,
    ): Promise<Principal> {
      const tenant = {
        id: context.makeId(),
        name: 'Acme',
        email,
        createdAtMs: clock.now(),
      };
      await store.createTenant(tenant);
      return { tenant, keyId: context.makeId(), mode, scopes: ['verify', 'messages', 'manage'] };
    },
  };
}

export function everyChannelBy(carriers: readonly string[]): readonly Route[] {
  return (['sms', 'voice', 'email'] as const).map((channel) => ({
    channel,
    carriers: carriers.map((id) => ({ id })),
  }));
}

export type StartOptions = Omit<Partial<StartCommand>, 'policy'> & { readonly policy?: Partial<Policy> };

/** A native start by SMS to a number of its own unless told otherwise. */
export function startCommand({ policy, ...rest }: StartOptions = {}): StartCommand {
  return {
    dialect: 'native',
    to: '+14155550100',
    channel: 'sms',
    text: { kind: 'template' },
    ...rest,
    policy: { ...NATIVE_POLICY, ...policy },
  };
}

/** The code in the newest message that a carrier was given. */
export function lastCode(carrier: ScriptedCarrier): string {
  const code = carrier.sent.at(-1)?.code;
  assert(code !== undefined, 'a message with a code was sent');
  return code;
}

/** A code of the same form that is not this one. */
export function wrongCode(code: string): string {
  const last = code.at(-1) === '1' ? '2' : '1';
  return code.slice(0, -1) + last;
}
