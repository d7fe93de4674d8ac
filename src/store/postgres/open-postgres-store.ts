/**
 * The store on a PostgreSQL database that any number of nodes share. Transactions and single writes use one pool of
 * sessions, reads outside transactions another, so that a transaction that reads beside itself waits for nobody.
 */
import type { Store } from '../../engine/ports.ts';
import { type Clock, systemTimers, type Timers } from '../../lib/time.ts';
import {
  type BudgetRow,
  type DeviceRow,
  type EventRow,
  type MessageRow,
  toBudget,
  toDevice,
  toEvent,
  toMessage,
  toVerification,
  type VerificationRow,
} from '../rows.ts';
import { FIND_BUDGET } from './allowances.ts';
import { createClaimSlots } from './carrier-slots.ts';
import { Connection } from './connection.ts';
import { ConnectionPool } from './connection-pool.ts';
import { createDataKeyMethods } from './data-keys.ts';
import { listDevices } from './devices.ts';
import { FIND_EVENT } from './events.ts';
import { listDueFallbacks } from './fallbacks.ts';
import * as ledger from './ledger.ts';
import { createLists } from './lists.ts';
import { COUNT_QUEUED, claimMessages, FIND_MESSAGE, releaseMessages } from './messages.ts';
import { assertMigrated, migratePostgres } from './migrate-postgres.ts';
import { assertNotHalfMoved } from './move-record.ts';
import { Reader } from './reader.ts';
import { COUNT_PARKED } from './receipts.ts';
import { createSigningKeyMethods } from './signing-keys.ts';
import { call, statement } from './statement.ts';
import { createSweep } from './sweep.ts';
import { createTenantMethods } from './tenants.ts';
import { PostgresTransaction } from './transaction.ts';
import { Transactor } from './transactor.ts';
import { FIND_VERIFICATION } from './verifications.ts';
import { Wakes } from './wakes.ts';
import { createWebhookMethods } from './webhook-store.ts';

export interface PostgresStoreOptions {
  /** `postgres://user:password@host:port/database?sslmode=…` */
  readonly url: string;
  /** Dates the record of migrations. */
  readonly clock: Clock;
  /** True unless told: an older schema is brought up to date; false: it is refused as `not-migrated`. */
  readonly migrates?: boolean;
  readonly timers?: Timers;
  /** From 0 up to 1; only spreads waits. */
  readonly random?: () => number;
  readonly connectionsMax?: number;
  readonly waitingMax?: number;
  readonly waitMs?: number;
  /** For metrics: told of every transaction that was committed, and how long its commit took. */
  readonly onCommit?: (transactionCount: number, durationMs: number) => void;
}

/**
 * A session that commits waits for the disk and the rest of the time for this node: beyond a few for each core of the
 * server more of them only queue there instead of here.
 */
const CONNECTIONS_MAX = 16;
/** Reads are single statements. */
const READ_CONNECTIONS_MAX = 4;
/** At 2 000 transactions a second, two seconds of work: whoever comes later is better told to come again. */
const WAITING_MAX = 4_096;
const WAIT_MS = 5_000;

const PROBE = call(statement('SELECT 1'));

/** The database must exist. @throws StoreError */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<Store> {
  const { migrates = true } = options;
  if (migrates) await migratePostgres(options);
  else await assertMigrated(options);
  await assertNotHalfMoved(options);
  return createStore(options);
}

function createStore(options: PostgresStoreOptions): Store {
  const { url, timers = systemTimers, random = Math.random, onCommit = () => {} } = options;
  const { connectionsMax = CONNECTIONS_MAX, waitingMax = WAITING_MAX, waitMs = WAIT_MS } = options;
  const open = () => Connection.open({ url, applicationName: 'otpost' });
  const createPool = (max: number) =>
    new ConnectionPool({ open, timers, connectionsMax: max, waitingMax, waitMs });
  const pool = createPool(connectionsMax);
  const readPool = createPool(Math.min(connectionsMax, READ_CONNECTIONS_MAX));
  const transactor = new Transactor({
    ...{ pool, timers, random },
    onCommit: (durationMs) => onCommit(1, durationMs),
  });
  const reader = new Reader(new Transactor({ pool: readPool, timers, random }));
  const wakes = new Wakes({ open, transactor, timers });
  const lists = createLists(reader);
  const countOf = async (question: Parameters<Reader['first']>[0]) =>
    (await reader.first<{ readonly count: number }>(question))?.count ?? 0;

  return {
    async transaction(work) {
      let wantsWake = false;
      const result = await transactor.run(async (session) => {
        const transaction = new PostgresTransaction(session);
        const value = await work(transaction);
        transaction.flush();
        wantsWake = transaction.wantsWake;
        return value;
      });
      if (wantsWake) wakes.send();
      return result;
    },
    async probe() {
      await transactor.readAlone(PROBE);
    },
    wakes: (listener) => wakes.subscribe(listener),
    claimSlots: createClaimSlots(transactor),
    async [Symbol.asyncDispose]() {
      await wakes[Symbol.asyncDispose]();
      await Promise.all([pool.close(), readPool.close()]);
    },

    findVerification: (tenantId, id) =>
      reader.find<VerificationRow, ReturnType<typeof toVerification>>(
        call(FIND_VERIFICATION, id, tenantId),
        toVerification,
      ),
    findNewestVerification: lists.newestVerification,
    findMessage: (tenantId, id) =>
      reader.find<MessageRow, ReturnType<typeof toMessage>>(call(FIND_MESSAGE, id, tenantId), toMessage),
    findEvent: (tenantId, id) =>
      reader.find<EventRow, ReturnType<typeof toEvent>>(call(FIND_EVENT, id, tenantId), toEvent),
    findBudget: (tenantId, recipientId) =>
      reader.find<BudgetRow, ReturnType<typeof toBudget>>(call(FIND_BUDGET, tenantId, recipientId), toBudget),
    listVerifications: lists.verifications,
    listMessages: lists.messages,
    listEvents: lists.events,

    ...createTenantMethods(transactor, reader),
    ...createDataKeyMethods(transactor, reader),
    ...createSigningKeyMethods(transactor, reader),
    ...createWebhookMethods(transactor, reader),
    ...createSweep(transactor),

    listDevices: (tenantId, subjectId) =>
      reader.list<DeviceRow, ReturnType<typeof toDevice>>(listDevices(tenantId, subjectId), toDevice),

    listDueFallbacks: (nowMs, limit) => reader.all(listDueFallbacks(nowMs, limit)),

    findAccount: (tenantId) =>
      reader.find<ledger.AccountRow, ReturnType<typeof ledger.toAccount>>(
        ledger.findAccount(tenantId),
        ledger.toAccount,
      ),
    listLedger: (...page) =>
      reader.list<ledger.EntryRow, ReturnType<typeof ledger.toEntry>>(
        ledger.listLedger(...page),
        ledger.toEntry,
      ),
    async sumLedger(tenantId) {
      return (await reader.first<{ readonly sum: number }>(ledger.sumLedger(tenantId)))?.sum ?? 0;
    },

    async claimMessages(claim) {
      const { rows } = await transactor.runAlone(claimMessages(claim));
      return (rows as unknown as readonly MessageRow[]).map(toMessage);
    },
    async releaseMessages(leases) {
      if (leases.length === 0) return;
      await transactor.runAlone(releaseMessages(leases));
      wakes.send();
    },
    countQueued: () => countOf(call(COUNT_QUEUED)),
    countParkedReceipts: () => countOf(call(COUNT_PARKED)),
  };
}
