/**
 * The store on one SQLite file. Everything that writes goes through one group commit; everything that only reads
 * uses a connection of its own, which sees nothing that is not committed. Any number of processes may open the file.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { Store } from '../../engine/ports.ts';
import { type Clock, systemTimers, type Timers } from '../../lib/time.ts';
import { createAllowanceTables } from './allowances.ts';
import { Checkpointer } from './checkpointer.ts';
import {
  describeFailure,
  isBusy,
  makeDurable,
  openReader,
  openWriter,
  stopWaitingForLocks,
} from './connection.ts';
import { createDataKeyReads, createDataKeyWrites } from './data-keys.ts';
import { createDeviceReads, createDeviceTable } from './devices.ts';
import { createAppendEvents } from './events.ts';
import { createFallbackReads, createFallbackTable } from './fallbacks.ts';
import { GroupCommit, type TransactionControl } from './group-commit.ts';
import { createLedgerReads, createLedgerTable } from './ledger.ts';
import { createLists } from './lists.ts';
import { createMessageTable } from './messages.ts';
import { applyMigrations, assertMigrated } from './migrate-sqlite.ts';
import { assertNotMoved } from './move-mark.ts';
import { createProbe } from './probe.ts';
import { createReads } from './reads.ts';
import { createReceiptTable } from './receipts.ts';
import { createSigningKeyReads, createSigningKeyWrites } from './signing-keys.ts';
import { createSweep } from './sweep.ts';
import { createTenantReads, createTenantWrites } from './tenants.ts';
import { SqliteTransaction, type Tables } from './transaction.ts';
import { createVerificationTable } from './verifications.ts';
import { createDeliveryTable } from './webhook-deliveries.ts';
import { createEndpointReads, createEndpointTable } from './webhook-endpoints.ts';
import { createDeliveryReads } from './webhook-reads.ts';
import { createWebhookMethods } from './webhook-store.ts';

export interface SqliteStoreOptions {
  readonly path: string;
  /** Dates the record of migrations. */
  readonly clock: Clock;
  /** True unless told: an older schema is brought up to date; false: it is refused as `not-migrated`. */
  readonly migrates?: boolean;
  readonly timers?: Timers;
  /** From 0 up to 1; only spreads waits. */
  readonly random?: () => number;
  /** For metrics: told of every physical commit, how many transactions shared it and how long it took. */
  readonly onCommit?: (transactionCount: number, durationMs: number) => void;
}

/** Makes the file where there is none; its folder must exist. @throws StoreError */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const { path, clock, migrates = true } = options;
  const writer = openWriter(path);
  try {
    return describeFailure(path, () => {
      assertNotMoved(writer, path);
      if (migrates) applyMigrations(writer, clock);
      else assertMigrated(writer, path);
      makeDurable(writer);
      stopWaitingForLocks(writer);
      return createStore(writer, openReader(path), options);
    });
  } catch (error) {
    writer.close();
    throw error;
  }
}

function createStore(writer: DatabaseSync, reader: DatabaseSync, options: SqliteStoreOptions): Store {
  const { timers = systemTimers, random = Math.random, onCommit } = options;
  const checkpointer = new Checkpointer(options);
  const commits = new GroupCommit({
    control: createControl(writer, checkpointer),
    timers,
    random,
    ...(onCommit && { onCommit }),
  });
  const deliveries = createDeliveryTable(writer);
  const endpoints = createEndpointTable(writer);
  const tables: Tables = {
    verifications: createVerificationTable(writer),
    messages: createMessageTable(writer),
    receipts: createReceiptTable(writer),
    allowances: createAllowanceTables(writer),
    ledger: createLedgerTable(writer),
    fallbacks: createFallbackTable(writer),
    endpoints,
    appendEvents: createAppendEvents(writer, deliveries),
    devices: createDeviceTable(writer),
  };
  const tenantWrites = createTenantWrites(writer);
  const dataKeyWrites = createDataKeyWrites(writer);
  const signingKeyWrites = createSigningKeyWrites(writer);
  const sweep = createSweep(writer, tables);
  const reads = createReads(reader);
  const lists = createLists(reader);
  const fallbackReads = createFallbackReads(reader);
  const ledgerReads = createLedgerReads(reader);
  const tenantReads = createTenantReads(reader);
  const dataKeyReads = createDataKeyReads(reader);
  const deviceReads = createDeviceReads(reader);
  const signingKeyReads = createSigningKeyReads(reader);
  const endpointReads = createEndpointReads(reader);
  const deliveryReads = createDeliveryReads(reader, { rows: reads, endpoints: endpointReads });

  return {
    transaction: (work, { isPatient } = {}) =>
      commits.run(
        async (scope) => {
          const transaction = new SqliteTransaction(tables, scope);
          const result = await work(transaction);
          transaction.flush();
          return result;
        },
        { isPatient },
      ),
    probe: createProbe(options.path, writer, commits),
    async [Symbol.asyncDispose]() {
      await commits.close();
      await checkpointer[Symbol.asyncDispose]();
      if (!writer.isOpen) return;
      reader.close();
      // Leaves one file behind where nobody else has it open: the last to close copies the log into it.
      writer.close();
    },

    findVerification: async (tenantId, id) => reads.findVerification(tenantId, id),
    findNewestVerification: async (...which) => lists.newestVerification(...which),
    findMessage: async (tenantId, id) => reads.findMessage(tenantId, id),
    findEvent: async (tenantId, id) => reads.findEvent(tenantId, id),
    findBudget: async (tenantId, recipientId) => reads.findBudget(tenantId, recipientId),
    listVerifications: async (tenantId, filter, page) => lists.verifications(tenantId, filter, page),
    listMessages: async (tenantId, filter, page) => lists.messages(tenantId, filter, page),
    listEvents: async (tenantId, filter, page) => lists.events(tenantId, filter, page),

    createTenant: (tenant) => commits.run(() => tenantWrites.createTenant(tenant)),
    findTenant: async (id) => tenantReads.findTenant(id),
    listTenants: async () => tenantReads.listTenants(),
    createKey: (key, secretHash) => commits.run(() => tenantWrites.createKey(key, secretHash)),
    revokeKey: (id, atMs) => commits.run(() => tenantWrites.revokeKey(id, atMs)),
    listKeys: async (tenantId) => tenantReads.listKeys(tenantId),
    findKey: async (id) => tenantReads.findKey(id),
    findKeyByHash: async (secretHash) => tenantReads.findKeyByHash(secretHash),
    saveTemplate: (template) => commits.run(() => tenantWrites.saveTemplate(template)),
    findTemplate: async (tenantId, name) => tenantReads.findTemplate(tenantId, name),
    listTemplates: async (tenantId) => tenantReads.listTemplates(tenantId),
    deleteTemplate: (tenantId, name) => commits.run(() => tenantWrites.deleteTemplate(tenantId, name)),

    loadDataKeys: async () => dataKeyReads.load(),
    addDataKeys: (rows) => commits.run(() => dataKeyWrites.add(rows)),
    rewrapDataKeys: (rows) => commits.run(() => dataKeyWrites.rewrap(rows)),
    deleteDataKey: (name) => commits.run(() => void dataKeyWrites.remove(name)),
    scanSealed: async (table, afterId, limit) => dataKeyReads.scanSealed(table, afterId, limit),
    replaceSealed: (table, row, before) => commits.run(() => dataKeyWrites.replaceSealed(table, row, before)),

    listDueFallbacks: async (nowMs, limit) => fallbackReads.listDue(nowMs, limit),

    findAccount: async (tenantId) => ledgerReads.findAccount(tenantId),
    listLedger: async (tenantId, limit, beforeSeq) => ledgerReads.list(tenantId, limit, beforeSeq),
    sumLedger: async (tenantId) => ledgerReads.sum(tenantId),
    loadSigningKeys: async () => signingKeyReads.load(),
    addSigningKey: (key) => commits.run(() => signingKeyWrites.add(key)),
    deleteSigningKey: (kid) => commits.run(() => void signingKeyWrites.remove(kid)),

    listDevices: async (tenantId, subjectId) => deviceReads.list(tenantId, subjectId),
    deleteStaleDevices: (...step) => commits.run(() => tables.devices.deleteStale(...step)),

    claimMessages: (claim) => commits.run(() => tables.messages.claim(claim)),
    releaseMessages: (leases) =>
      commits.run(() => {
        for (const { messageId, lease } of leases) tables.messages.release(messageId, lease);
      }),
    countQueued: async () => reads.countQueued(),
    countParkedReceipts: async () => reads.countParked(),

    ...createWebhookMethods(commits, { deliveries, tables, endpointReads, deliveryReads }),

    expireVerifications: (...step) => commits.run(() => sweep.expireVerifications(...step)),
    closeUnconfirmed: (...step) => commits.run(() => sweep.closeUnconfirmed(...step)),
    deleteOld: (...step) => commits.run(() => sweep.deleteOld(...step)),
    deleteStale: (...step) => commits.run(() => sweep.deleteStale(...step)),
  };
}

/** Takes the write lock at the start, so that what a transaction has read is still true when it writes. */
function createControl(writer: DatabaseSync, checkpointer: Checkpointer): TransactionControl {
  const begin = writer.prepare('BEGIN IMMEDIATE');
  const commit = writer.prepare('COMMIT');
  const rollback = writer.prepare('ROLLBACK');
  const savepoint = writer.prepare('SAVEPOINT work');
  const release = writer.prepare('RELEASE work');
  const rollbackTo = writer.prepare('ROLLBACK TO work');
  const countChanges = writer.prepare('SELECT total_changes()');
  countChanges.setReturnArrays(true);
  const changeCount = () => (countChanges.get() as unknown as readonly [number])[0];
  return {
    begin: () => void begin.run(),
    commit() {
      commit.run();
      try {
        checkpointer.noteCommit(changeCount());
      } catch {
        // What is committed must not seem to have failed. Commits copy the log themselves where nobody else does.
      }
    },
    rollback: () => void rollback.run(),
    savepoint: () => void savepoint.run(),
    release: () => void release.run(),
    rollbackToSavepoint() {
      rollbackTo.run();
      release.run();
    },
    changeCount,
    isActive: () => writer.isTransaction,
    isBusy,
  };
}
