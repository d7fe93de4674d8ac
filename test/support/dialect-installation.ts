/**
 * Dialects on a server with the whole engine behind them: a real store, a manual clock, one scripted network carrier
 * and one simulated phone. Requests go through the server's own parsing without a socket.
 */
import assert from 'node:assert/strict';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import type { KeyMode, Scope } from '../../src/core/principal.ts';
import { DEFAULT_LIMITS, type Limit } from '../../src/core/rate-limit.ts';
import type { Dialect } from '../../src/dialects/dialect.ts';
import { mountDialects } from '../../src/dialects/mount.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { createAuthenticator } from '../../src/http/credentials.ts';
import type { DocumentedApi } from '../../src/http/docs-routes.ts';
import type { HttpScope } from '../../src/http/http-scope.ts';
import { hashKeySecret, makeKeySecret } from '../../src/lib/key-secret.ts';
import type { CapturingLogger } from './capturing-logger.ts';
import {
  createEngineHarness,
  type EngineHarness,
  everyChannelBy,
  type HarnessOptions,
} from './engine-harness.ts';
import { createTestServer } from './http-server.ts';
import { openTestStore } from './open-test-store.ts';
import { createScriptedCarrier, type ScriptedCarrier } from './scripted-carrier.ts';
import { createSeededRandomBytes } from './seeded-random.ts';

export interface TestTenant {
  readonly id: string;
  readonly email: string;
  /** Of a live key with every scope. */
  readonly secret: string;
  readonly testSecret: string;
  addKey(scopes: readonly Scope[], mode?: KeyMode): Promise<string>;
}

export interface DialectInstallation extends AsyncDisposable {
  readonly app: HttpScope;
  readonly documented: readonly DocumentedApi[];
  readonly harness: EngineHarness;
  readonly logger: CapturingLogger;
  /** The carrier that live keys send by. */
  readonly network: ScriptedCarrier;
  /** The simulated carrier, which test keys send by. */
  readonly phone: ScriptedCarrier;
  /** The first tenant; it has no default country. */
  readonly tenant: TestTenant;
  createTenant(options?: { readonly defaultCountry?: string }): Promise<TestTenant>;
  /** Resolves when what the request ordered has been offered to a carrier too. */
  ask(request: InjectOptions): Promise<LightMyRequestResponse>;
  /** The next call of this use case fails with this. */
  failNext(method: keyof Engine, error: Error): void;
  /** The code in the newest message of either carrier. */
  lastCode(): string;
}

export interface InstallationOptions extends Pick<HarnessOptions, 'webhookSender' | 'webhookUrlRules'> {
  readonly limits?: readonly Limit[];
  /** Channels that the network carrier serves; all unless told. */
  readonly channels?: ScriptedCarrier['channels'];
}

export async function installDialects(
  dialects: readonly Dialect[],
  options: InstallationOptions = {},
): Promise<DialectInstallation> {
  const { limits = DEFAULT_LIMITS, channels, ...webhooks } = options;
  const store = await openTestStore();
  const network = createScriptedCarrier('network', { ...(channels && { channels }) });
  const phone = createScriptedCarrier('phone', { isSimulated: true });
  const sent: { readonly code?: string }[] = [];
  for (const carrier of [network, phone]) recordInto(sent, carrier);
  const carriers = [network, phone];
  const harness = await createEngineHarness(store, {
    ...webhooks,
    carriers,
    routes: everyChannelBy(['network']),
    limits,
    callbackFormats: dialects.flatMap(({ callbacks }) => callbacks ?? []),
  });
  const { engine, failNext } = faulty(harness.engine);
  const { app, logger } = createTestServer();
  const clock = harness.clock.now;
  const authenticator = createAuthenticator({ engine, clock });
  const documented = await mountDialects(
    app,
    dialects,
    {},
    { ...{ engine, authenticator, clock, logger }, settingsOf: harness.context.settingsOf },
  );
  await app.ready();
  const createTenant = tenantMaker(harness);

  return {
    app,
    documented,
    harness,
    logger,
    network,
    phone,
    tenant: await createTenant(),
    createTenant,
    async ask(request) {
      const reply = await app.inject(request);
      await harness.dispatcher.settled();
      await harness.webhookDispatcher.settled();
      return reply;
    },
    failNext,
    lastCode() {
      const code = sent.at(-1)?.code;
      assert(code !== undefined, 'a message with a code was sent');
      return code;
    },
    async [Symbol.asyncDispose]() {
      await app.close();
      await harness.dispatcher.stop(0);
      await harness.webhookDispatcher.stop(0);
      await store[Symbol.asyncDispose]();
    },
  };
}

function recordInto(sent: { readonly code?: string }[], carrier: ScriptedCarrier): void {
  const submit = carrier.submit.bind(carrier);
  carrier.submit = (message, signal) => {
    sent.push(message);
    return submit(message, signal);
  };
}

/** The same engine, of which single calls can be made to fail. */
function faulty(real: Engine) {
  const failures = new Map<PropertyKey, Error>();
  const engine = new Proxy(real, {
    get(target, method, receiver) {
      const failure = failures.get(method);
      if (failure === undefined) return Reflect.get(target, method, receiver);
      failures.delete(method);
      return () => Promise.reject(failure);
    },
  });
  return { engine, failNext: (method: keyof Engine, error: Error) => void failures.set(method, error) };
}

function tenantMaker({ store, clock, context }: EngineHarness) {
  const randomBytes = createSeededRandomBytes('keys of tenants');
  let count = 0;
  return async ({ defaultCountry }: { readonly defaultCountry?: string } = {}): Promise<TestTenant> => {
    count += 1;
    const createdAtMs = clock.now();
    const tenant = { id: context.makeId(), name: 'Acme', email: `ops${count}@acme.example`, createdAtMs };
    await store.createTenant({ ...tenant, ...(defaultCountry && { defaultCountry }) });
    const addKey = async (scopes: readonly Scope[], mode: KeyMode = 'live') => {
      const secret = makeKeySecret(mode, randomBytes);
      const key = { id: context.makeId(), tenantId: tenant.id, mode, scopes, createdAtMs };
      await store.createKey(key, hashKeySecret(secret));
      return secret;
    };
    const all: readonly Scope[] = ['verify', 'messages', 'manage'];
    return { ...tenant, addKey, secret: await addKey(all), testSecret: await addKey(all, 'test') };
  };
}
