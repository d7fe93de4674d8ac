/**
 * What must hold after any fault, read through the Store port, so that it is the same for every database: nothing
 * acknowledged is lost, nothing is approved twice, guesses stay within the limits, every message has ended, the ledger
 * adds up, and so with devices and webhooks, in files of their own. It changes nothing; bringing time and work to an end is settle-installation.ts.
 */
import type { Message } from '../../src/core/delivery.ts';
import type { Device } from '../../src/core/device.ts';
import type { Event } from '../../src/core/events.ts';
import { FAILURES_PER_WINDOW_MAX } from '../../src/core/failure-budget.ts';
import type { LedgerEntry } from '../../src/core/ledger.ts';
import type { Verification } from '../../src/core/verification.ts';
import type { WebhookDelivery } from '../../src/core/webhook.ts';
import type { Page, Store } from '../../src/engine/ports.ts';
import { findDeviceFaults } from './audit-devices.ts';
import { findWebhookFaults } from './audit-webhooks.ts';
import type { Journal } from './journal.ts';
import type { WebhookWitness } from './webhook-witness.ts';

export interface AuditedStore {
  readonly verifications: ReadonlyMap<string, Verification>;
  readonly messages: ReadonlyMap<string, Message>;
  readonly events: readonly Event[];
  readonly ledger: readonly LedgerEntry[];
  readonly balanceMicros: number;
  readonly ledgerSumMicros: number;
  readonly deliveries: readonly WebhookDelivery[];
  readonly devices: ReadonlyMap<string, Device>;
}

export interface Audited {
  readonly tenantId: string;
  /** Derived ones, of those that the journal names. */
  readonly subjectIds?: readonly string[];
  /** Where the tenant has an endpoint. */
  readonly witness?: WebhookWitness;
}

const PAGE = 500;

/** @returns what is wrong, in words; nothing where all is well */
export async function auditStore(
  store: Store,
  audited: Audited,
  journal: Journal,
): Promise<readonly string[]> {
  const found = await readTenant(store, audited);
  const { witness } = audited;
  const faults = findFaults(found, journal);
  return witness ? [...faults, ...findWebhookFaults({ ...found, taken: witness.taken })] : faults;
}

/** Everything that a tenant has. Nothing may write meanwhile. */
export async function readTenant(
  store: Store,
  { tenantId, subjectIds = [] }: Audited,
): Promise<AuditedStore> {
  const verifications = await readAll((page) => store.listVerifications(tenantId, {}, page));
  const messages = await readAll((page) => store.listMessages(tenantId, {}, page));
  const events = await readAll((page) => store.listEvents(tenantId, {}, page));
  const ledger: LedgerEntry[] = [];
  for (;;) {
    const entries = await store.listLedger(tenantId, PAGE, ledger.at(-1)?.seq);
    ledger.push(...entries);
    if (entries.length < PAGE) break;
  }
  const endpoints = await store.listEndpoints(tenantId);
  const targets = ['requests' as const, ...endpoints.map(({ id }) => ({ endpointId: id }))];
  const deliveries = await Promise.all(
    targets.map((target) => readAll((page) => store.listDeliveries(tenantId, { target }, page))),
  );
  const devices = await Promise.all(subjectIds.map((subjectId) => store.listDevices(tenantId, subjectId)));
  return {
    deliveries: deliveries.flat(),
    devices: new Map(devices.flat().map((one) => [one.id, one])),
    verifications: new Map(verifications.map((one) => [one.id, one])),
    messages: new Map(messages.map((one) => [one.id, one])),
    events,
    ledger,
    balanceMicros: (await store.findAccount(tenantId))?.balanceMicros ?? 0,
    ledgerSumMicros: await store.sumLedger(tenantId),
  };
}

async function readAll<T extends { readonly id: string }>(
  list: (page: Page) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const all: T[] = [];
  for (;;) {
    const beforeId = all.at(-1)?.id;
    const found = await list({ limit: PAGE, ...(beforeId !== undefined && { beforeId }) });
    all.push(...found);
    if (found.length < PAGE) return all;
  }
}

export function findFaults(found: AuditedStore, journal: Journal): readonly string[] {
  return [
    ...journal.contradictions,
    ...findLost(found, journal),
    ...findApprovedTwice(found),
    ...findGuessesTooMany(found),
    ...findUnended(found),
    ...findMoneyFaults(found),
    ...findDeviceFaults(found, journal),
  ];
}

function* findLost({ verifications, messages }: AuditedStore, journal: Journal): Generator<string> {
  for (const known of journal.verifications.values()) {
    const one = verifications.get(known.id);
    if (!one) {
      yield `verification ${known.id} was acknowledged and is lost`;
      continue;
    }
    if (known.end !== undefined && one.state !== known.end) {
      yield `verification ${known.id} was told to be ${known.end} and is ${one.state}`;
    }
    if (one.checkCount < known.compared) {
      yield `verification ${known.id}: ${known.compared} comparisons were answered, ${one.checkCount} are counted`;
    }
    if (one.sendCount < known.sends) {
      yield `verification ${known.id}: ${known.sends} sends were answered, ${one.sendCount} are counted`;
    }
  }
  for (const id of journal.messages) {
    if (!messages.has(id)) yield `message ${id} was acknowledged and is lost`;
  }
  const ordered = new Map<string, number>();
  for (const { verificationId: id } of messages.values()) {
    if (id !== undefined) ordered.set(id, (ordered.get(id) ?? 0) + 1);
  }
  for (const { id, sendCount } of verifications.values()) {
    if (ordered.get(id) !== sendCount) {
      yield `verification ${id} counts ${sendCount} sends and has ${ordered.get(id) ?? 0} messages`;
    }
  }
}

function* findApprovedTwice({ verifications, events }: AuditedStore): Generator<string> {
  const approvals = new Map<string, number>();
  for (const { type, verificationId: id = '' } of events) {
    if (type === 'verification.approved') approvals.set(id, (approvals.get(id) ?? 0) + 1);
  }
  for (const { id, state } of verifications.values()) {
    const count = approvals.get(id) ?? 0;
    if (count !== (state === 'approved' ? 1 : 0)) {
      yield `verification ${id} is ${state} and has ${count} events of approval`;
    }
  }
}

function* findGuessesTooMany({ verifications, events }: AuditedStore): Generator<string> {
  const wrong = new Map<string, number>();
  for (const { type, verificationId: id = '' } of events) {
    if (type === 'verification.check_failed') wrong.set(id, (wrong.get(id) ?? 0) + 1);
  }
  const failures = new Map<string, number>();
  for (const { id, recipientId, state, checkCount, details } of verifications.values()) {
    const { checksMax } = details.policy;
    if (checkCount > checksMax) yield `verification ${id}: ${checkCount} guesses of ${checksMax}`;
    const compared = (wrong.get(id) ?? 0) + (state === 'approved' ? 1 : 0);
    if (compared > checkCount) yield `verification ${id}: ${compared} compared, ${checkCount} counted`;
    // Wrong codes at a verification that ends approved are forgiven.
    if (state !== 'approved') failures.set(recipientId, (failures.get(recipientId) ?? 0) + checkCount);
  }
  for (const [recipientId, count] of failures) {
    if (count > FAILURES_PER_WINDOW_MAX) yield `recipient ${recipientId}: ${count} wrong codes in one window`;
  }
}

const UNENDED: readonly Message['state'][] = ['queued', 'accepted'];

function* findUnended({ messages, verifications }: AuditedStore): Generator<string> {
  for (const { id, state } of messages.values())
    if (UNENDED.includes(state)) yield `message ${id} is still ${state}`;
  for (const { id, state } of verifications.values()) {
    if (state === 'pending') yield `verification ${id} is still ${state}`;
  }
}

/** A live message is charged once, in the transaction that orders it; given back at most once, and never unless charged. */
function* findMoneyFaults(found: AuditedStore): Generator<string> {
  const { ledger, messages, balanceMicros, ledgerSumMicros } = found;
  const listed = ledger.reduce((sum, { amountMicros }) => sum + amountMicros, 0);
  if (ledgerSumMicros !== balanceMicros || listed !== balanceMicros) {
    yield `the balance is ${balanceMicros}, the ledger's sum ${ledgerSumMicros}, its entries ${listed}`;
  }
  const booked = new Map<string, number>();
  for (const { kind, messageId } of ledger) {
    const entry = `${kind} ${messageId}`;
    if (messageId !== undefined) booked.set(entry, (booked.get(entry) ?? 0) + 1);
  }
  for (const { id } of messages.values()) {
    const charges = booked.get(`charge ${id}`) ?? 0;
    const refunds = booked.get(`refund ${id}`) ?? 0;
    if (charges !== 1 || refunds > 1) yield `message ${id} has ${charges} charges and ${refunds} refunds`;
  }
  for (const { kind, messageId } of ledger) {
    if (messageId !== undefined && !messages.has(messageId)) yield `a ${kind} of no message: ${messageId}`;
  }
}
