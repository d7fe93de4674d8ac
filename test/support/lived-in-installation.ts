/**
 * An installation that people have used: rows of every kind in its database, most of them in the midst of something. It
 * holds what these people hold, so that a test can let them go on, wherever the rows are by then.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { TOTP, URI } from 'otpauth';
import { DEFINITIONS } from '../../src/app/load-app-config.ts';
import { type App, createApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/config.ts';
import type { Principal } from '../../src/core/principal.ts';
import { createKey, createTenant } from '../../src/engine/tenants.ts';
import { createCapturingLogger } from './capturing-logger.ts';
import { lastCode, startCommand, wrongCode } from './engine-harness.ts';
import type { ManualClock } from './manual-clock.ts';
import { createScriptedCarrier, type ScriptedCarrier } from './scripted-carrier.ts';

export const LIVED_IN_SECRET = 'bGl2ZWQtaW4taW5zdGFsbGF0aW9uLW9mLWEtdGVzdC4=';
/** That which a config without carriers routes to. */
const CARRIER = 'phone';
const LIVE = '+14155550101';
const QUEUED = '+14155550102';
const LEASED = '+14155550103';
const BLOCKED = '+14155550104';
const IDEMPOTENT = { key: 'order-17', requestHash: 'of the body of order 17' };
const WRONG_CHECKS = 3;
const TOP_UP_MICROS = 5_000_000;
const LEASE_MS = 30_000;
const STEP_MS = 30_000;

export interface LivedIn {
  readonly principal: Principal;
  readonly keySecret: string;
  readonly accessToken: string;
  readonly live: { readonly id: string; readonly code: string };
  readonly approvedId: string;
  readonly queuedMessageId: string;
  /** A node that died has it in hand. */
  readonly leasedMessageId: string;
  /** With a carrier, without a receipt. */
  readonly acceptedMessageId: string;
  /** Of a receipt that came before its submission was known. */
  readonly parkedCarrierId: string;
  readonly device: { readonly id: string; readonly app: TOTP; readonly usedCode: string };
  readonly deviceVerificationId: string;
  readonly endpointId: string;
  readonly balanceMicros: number;
}

export interface OpenInstallation {
  readonly app: App;
  readonly carrier: ScriptedCarrier;
}

/** Does nothing by itself. @param databaseUrl absent: the embedded database in the folder */
export async function openInstallation(
  folder: string,
  clock: ManualClock,
  databaseUrl?: string,
): Promise<OpenInstallation> {
  const carrier = createScriptedCarrier(CARRIER);
  const env = {
    OTPOST_DATA: folder,
    OTPOST_PORT: '0',
    OTPOST_SECRET: LIVED_IN_SECRET,
    ...(databaseUrl !== undefined && { OTPOST_DATABASE_URL: databaseUrl }),
  };
  const app = await createApp(
    loadConfig(env, () => undefined, DEFINITIONS),
    { logger: createCapturingLogger(), clock: clock.now, timers: clock.timers, carriers: [carrier] },
  );
  return { app, carrier };
}

/** Makes the rows, in the embedded database, and leaves nothing open. */
export async function liveIn(folder: string, clock: ManualClock): Promise<LivedIn> {
  const { app, carrier } = await openInstallation(folder, clock);
  let livedIn: LivedIn;
  try {
    livedIn = await use(app, carrier, clock);
  } finally {
    await app[Symbol.asyncDispose]();
  }
  const database = new DatabaseSync(join(folder, 'otpost.db'));
  database
    .prepare(`UPDATE messages SET lease_node = 'died', lease_number = 7, lease_until_ms = ? WHERE id = ?`)
    .run(clock.now() + LEASE_MS, livedIn.leasedMessageId);
  database.close();
  return livedIn;
}

async function use(app: App, carrier: ScriptedCarrier, clock: ManualClock): Promise<LivedIn> {
  const { engine, context, dispatcher, receipts } = app.parts;
  const tenant = await createTenant(context, { name: 'Ümlaut & "Söhne" 🙂', email: 'ops@acme.example' });
  const { key, secret: keySecret } = await createKey(context, { tenantId: tenant.id });
  const principal = { tenant, keyId: key.id, mode: key.mode, scopes: key.scopes };
  await engine.topUp(principal, TOP_UP_MICROS, 'invoice 1');
  await engine.saveTemplate(principal, {
    name: 'mine',
    bodies: { en: 'Hello: {{code}}' },
    defaultLocale: 'en',
    isDefault: true,
  });
  const { endpoint } = await engine.createWebhookEndpoint(principal, { url: 'https://a.example/hooks' });
  await context.webhooks.refresh();
  const start = async (to: string, rest: Parameters<typeof startCommand>[0] = {}) => {
    const started = await engine.startVerification(principal, startCommand({ to, ...rest }));
    await dispatcher.settled();
    return { ...started, code: lastCode(carrier) };
  };

  const approved = await start('+14155550100');
  await engine.checkVerification(principal, {
    verificationId: approved.verification.id,
    code: approved.code,
  });
  const live = await start(LIVE, {
    idempotency: IDEMPOTENT,
    webhook: { url: 'https://b.example/of-this-call', format: 'native' },
    metadata: { 'an "order"': 'nº 17\u0000' },
    policy: { fallback: [{ channel: 'voice', afterSeconds: 60 }] },
  });
  const blocked = await start(BLOCKED);
  for (let checks = 0; checks < WRONG_CHECKS; checks += 1) {
    const code = wrongCode(blocked.code);
    await engine.checkVerification(principal, { verificationId: blocked.verification.id, code });
  }
  carrier.answer = () => ({ kind: 'refused', reason: 'throttled', permanent: false });
  const queued = await start(QUEUED);
  const leased = await start(LEASED);
  const parkedCarrierId = 'of-a-message-yet-to-be-known';
  await receipts({
    carrier: CARRIER,
    carrierMessageId: parkedCarrierId,
    state: 'delivered',
    receivedAtMs: clock.now(),
  });

  const enrolled = await engine.enrollDevice(principal, { subject: 'ann', name: 'phone' });
  const totp = URI.parse(enrolled.uri);
  assert(totp instanceof TOTP);
  const device = { id: enrolled.device.id };
  const usedCode = totp.generate({ timestamp: clock.now() });
  const activated = await engine.activateDevice(principal, { subject: 'ann', device, code: usedCode });
  assert.equal(activated.outcome, 'approved');
  const begun = await engine.startDeviceVerification(principal, {
    subject: 'ann',
    device,
    policy: { ttlSeconds: 600, checksMax: 3 },
  });
  const { token: accessToken } = await engine.issueAccessToken(principal);
  const { balanceMicros = 0 } = (await app.parts.store.findAccount(tenant.id)) ?? {};
  return {
    ...{ principal, keySecret, accessToken, parkedCarrierId, balanceMicros },
    live: { id: live.verification.id, code: live.code },
    approvedId: approved.verification.id,
    queuedMessageId: queued.message.id,
    leasedMessageId: leased.message.id,
    acceptedMessageId: live.message.id,
    device: { ...device, app: totp, usedCode },
    deviceVerificationId: begun.id,
    endpointId: endpoint.id,
  };
}

/** Lets everybody go on where they were. */
export async function goOnLiving(
  { app, carrier }: OpenInstallation,
  livedIn: LivedIn,
  clock: ManualClock,
): Promise<void> {
  const { engine, store, dispatcher, receipts } = app.parts;
  const { principal, live } = livedIn;

  const bySecret = await engine.authenticate({ secret: livedIn.keySecret });
  assert.equal(bySecret?.tenant.name, principal.tenant.name);
  const byToken = await engine.authenticateToken(livedIn.accessToken);
  assert.equal(typeof byToken === 'object' && byToken.keyId, principal.keyId);
  const keys = createLocalJWKSet((await engine.publishedKeys()) as JSONWebKeySet);
  await jwtVerify(livedIn.accessToken, keys, { currentDate: new Date(clock.now()) });

  const retried = await engine.startVerification(
    principal,
    startCommand({
      to: LIVE,
      idempotency: IDEMPOTENT,
      webhook: { url: 'https://b.example/of-this-call', format: 'native' },
      policy: { fallback: [{ channel: 'voice', afterSeconds: 60 }] },
    }),
  );
  assert.deepEqual([retried.isReplay, retried.verification.id], [true, live.id]);
  assert.equal(retried.verification.metadata?.['an "order"'], 'nº 17\u0000');
  assert.equal((await store.listDueFallbacks(clock.now() + 120_000, 10)).length, 1);
  const checked = await engine.checkVerification(principal, { verificationId: live.id, code: live.code });
  assert.equal(checked.outcome, 'approved');
  const again = await engine.checkVerification(principal, {
    verificationId: livedIn.approvedId,
    code: live.code,
  });
  assert.equal(again.outcome, 'settled');

  await assertBudgetsGoOn({ app, carrier }, livedIn);
  await receipts({
    carrier: CARRIER,
    carrierMessageId: `${CARRIER}-${livedIn.acceptedMessageId}`,
    state: 'delivered',
    receivedAtMs: clock.now(),
  });
  assert.equal((await engine.getMessage(principal, livedIn.acceptedMessageId)).state, 'delivered');
  await assertMessagesGoOn({ app, carrier }, livedIn, clock);

  const { device } = livedIn;
  const code = device.usedCode;
  const replayed = await engine.checkDevice(principal, { subject: 'ann', device: { id: device.id }, code });
  assert.equal(replayed.outcome, 'used');
  clock.step(clock.now() + STEP_MS);
  const next = device.app.generate({ timestamp: clock.now() });
  const verified = await engine.checkDeviceVerification(principal, {
    verificationId: livedIn.deviceVerificationId,
    code: next,
  });
  assert.equal(verified.outcome, 'approved');

  const deliveries = await engine.listWebhookDeliveries(principal, livedIn.endpointId, {}, { limit: 100 });
  assert.ok(deliveries.items.some(({ state }) => state === 'pending'));
  await dispatcher.settled();
}

async function assertBudgetsGoOn({ app }: OpenInstallation, { principal }: LivedIn): Promise<void> {
  const { store } = app.parts;
  const { items } = await app.parts.engine.listVerifications(principal, { to: BLOCKED }, { limit: 10 });
  const found = await store.findVerification(principal.tenant.id, items[0]?.id ?? '');
  const budget = await store.findBudget(principal.tenant.id, found?.recipientId ?? '');
  assert.equal(budget?.consecutive, WRONG_CHECKS);
}

/** The one that waited goes out at its time, the one that a dead node had in hand when its lease is over. */
async function assertMessagesGoOn(
  { app, carrier }: OpenInstallation,
  livedIn: LivedIn,
  clock: ManualClock,
): Promise<void> {
  const { engine, store, dispatcher } = app.parts;
  const { principal, queuedMessageId, leasedMessageId } = livedIn;
  assert.equal(await store.countQueued(), 2);
  await dispatcher.claimDue();
  assert.equal(carrier.sent.length, 0, 'leased, or not yet due');
  clock.step(clock.now() + LEASE_MS);
  // The carrier calls one of them what a receipt spoke of that came too early.
  carrier.answer = ({ id }) => ({
    kind: 'accepted',
    carrierMessageIds: [id === queuedMessageId ? livedIn.parkedCarrierId : `${CARRIER}-${id}`],
  });
  await dispatcher.claimDue();
  await dispatcher.settled();
  assert.deepEqual(new Set(carrier.sent.map(({ id }) => id)), new Set([queuedMessageId, leasedMessageId]));
  assert.equal((await engine.getMessage(principal, queuedMessageId)).state, 'delivered');
  assert.equal((await engine.getMessage(principal, leasedMessageId)).state, 'accepted');
  const { tenant } = principal;
  assert.equal((await store.findAccount(tenant.id))?.balanceMicros, livedIn.balanceMicros);
  assert.equal(await store.sumLedger(tenant.id), livedIn.balanceMicros);
  const [newest] = await store.listLedger(tenant.id, 1);
  await engine.topUp(principal, 1, 'invoice 2');
  const [topUp] = await store.listLedger(tenant.id, 1);
  assert.ok(newest && topUp && topUp.seq > newest.seq, 'entries go on after those that came');
}
