/**
 * What the engine needs from the outside: a store, carriers, and the small things that tests replace. Words are
 * those of DESIGN §1. Instants are epoch milliseconds. Implementations: store/, carriers/.
 */
import type { MessageChannel } from '../core/channel.ts';
import type {
  Lease,
  Message,
  MessageContent,
  MessageState,
  Receipt,
  ReceiptState,
  Submission,
  SubmitOutcome,
} from '../core/delivery.ts';
import type { Event } from '../core/events.ts';
import type { FailureBudget } from '../core/failure-budget.ts';
import type { Key, Tenant } from '../core/principal.ts';
import type { Counter } from '../core/rate-limit.ts';
import type { TenantTemplate } from '../core/tenant-template.ts';
import type { TerminalState, Verification } from '../core/verification.ts';
import type { NewEvent, WebhookEndpoint } from '../core/webhook.ts';
import type { DataKeyPurpose } from '../lib/data-keys.ts';
import type { CarrierSlotStore } from './ports/carrier-slots.ts';
import type { DeviceStore, DeviceTransaction } from './ports/devices.ts';
import type { FallbackStore, FallbackTransaction } from './ports/fallback-store.ts';
import type { LedgerStore, LedgerTransaction } from './ports/ledger-store.ts';
import type { Page } from './ports/page.ts';
import type { SigningKeyStore } from './ports/signing-keys.ts';
import type { WebhookStore } from './ports/webhook-store.ts';

export type { Page } from './ports/page.ts';

/**
 * Durable state. Every method outside a transaction is one statement or one consistent read.
 *
 * Invariants of every implementation, held by test/contract/store/:
 * - a transaction that resolved is on disk; one that rejected left nothing;
 * - transactions on the same recipient or verification behave as if run one after the other;
 * - `work` may be run again after a conflict, so it has no side effects but its writes and its result.
 */
export interface Store
  extends AsyncDisposable,
    StoreReads,
    TenantStore,
    KeyStore,
    SigningKeyStore,
    OutboxStore,
    WebhookStore,
    SweepStore,
    LedgerStore,
    FallbackStore,
    DeviceStore,
    CarrierSlotStore {
  transaction<T>(work: (tx: Transaction) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /** Resolves when the store can take a transaction; rejects with the reason. For readiness and `doctor`. */
  probe(): Promise<void>;
}

export interface TransactionOptions {
  /** Nobody waits for the answer: it may come some milliseconds later, so that others share the commit. */
  readonly isPatient?: boolean;
}

export interface Transaction extends LedgerTransaction, FallbackTransaction, DeviceTransaction {
  /** Loads and locks what the decision on a send depends on. */
  loadSend(query: SendQuery): Promise<SendSnapshot>;
  /** The ids of queued messages that `settle` canceled: what became of them is for the caller to announce. */
  saveSend(writes: SendWrites): Promise<readonly string[]>;
  /** Loads and locks a verification with its recipient's failure budget. Unknown and another tenant's: undefined. */
  loadCheck(tenantId: string, verificationId: string): Promise<CheckSnapshot | undefined>;
  /** Counts one check on verification and budget before anything is compared. */
  countCheck(writes: CheckCount): Promise<void>;
  /**
   * Refunds what the canceled messages were charged. Conditional on `state = 'pending'`; erases the contents and cancels messages still queued when `state` is
   * terminal, and resolves to their ids. A worker that holds one of them may still record what came of it.
   */
  settleCheck(writes: CheckSettlement): Promise<readonly string[]>;
  settleVerification(writes: VerificationSettlement): Promise<readonly string[]>;
  /** Loads and locks a message by its id, whoever owns it. */
  loadMessage(messageId: string): Promise<Message | undefined>;
  /** Ends the lease. False where it was lost to another worker: nothing is written then. */
  recordAttempt(writes: AttemptWrites): Promise<boolean>;
  /** The submission a receipt speaks of, with its message and the states of all its parts; locked. */
  loadReceipt(carrier: string, carrierMessageId: string): Promise<ReceiptSnapshot | undefined>;
  saveReceipt(writes: ReceiptWrites): Promise<void>;
  /** Keeps a receipt whose submission is not recorded yet. */
  parkReceipt(receipt: Receipt): Promise<void>;
  /** Takes out the parked receipts of these ids. */
  takeParkedReceipts(carrier: string, carrierMessageIds: readonly string[]): Promise<readonly Receipt[]>;
  saveBudget(tenantId: string, recipientId: string, budget: FailureBudget | undefined): Promise<void>;
  /** Events, here and in every other write, with the deliveries that they carry. */
  appendEvents(events: readonly NewEvent[]): Promise<void>;
}

export interface SendQuery {
  readonly tenantId: string;
  readonly recipientId: string;
  /** Absent for a text with no code of ours: no verification is looked for. */
  readonly purpose?: string;
  /** Set for a send of a known verification, which is then loaded whatever its state. */
  readonly verificationId?: string;
  readonly counterKeys: readonly string[];
  readonly idempotencyKey?: string;
}

export interface SendSnapshot {
  readonly idempotency?: IdempotencyRecord;
  /** The verification named by id, else the newest pending one of recipient and purpose. */
  readonly verification?: Verification;
  readonly counters: ReadonlyMap<string, Counter>;
  readonly budget?: FailureBudget;
}

export interface IdempotencyRecord {
  readonly tenantId: string;
  /** What the caller sent, unread. */
  readonly key: string;
  /** SHA-256 over the call and its body: the same key with another body is a mistake of the caller. */
  readonly requestHash: string;
  readonly verificationId?: string;
  readonly messageId?: string;
  readonly createdAtMs: number;
}

export interface SendWrites {
  readonly verification?: Verification;
  readonly resend?: {
    readonly verificationId: string;
    readonly sendCount: number;
    readonly lastSendAtMs: number;
  };
  readonly settle?: VerificationSettlement;
  readonly message: Message;
  readonly counters: readonly Counter[];
  readonly idempotency?: IdempotencyRecord;
  /** A `request` endpoint that this call named: made, or noted as used once more. */
  readonly webhook?: WebhookEndpoint;
  readonly events: readonly NewEvent[];
}

export interface CheckSnapshot {
  readonly verification: Verification;
  readonly budget?: FailureBudget;
}

export interface CheckCount {
  readonly tenantId: string;
  readonly recipientId: string;
  readonly verificationId: string;
  readonly checkCount: number;
  readonly budget: FailureBudget;
}

export interface CheckSettlement {
  readonly tenantId: string;
  readonly recipientId: string;
  /** Absent: the verification stays pending. */
  readonly settle?: VerificationSettlement;
  /** Present only on success: the budget goes back to what is given, or away. */
  readonly refund?: { readonly budget: FailureBudget | undefined };
  readonly events: readonly NewEvent[];
}

export interface VerificationSettlement {
  readonly verificationId: string;
  readonly state: TerminalState;
  readonly settledAtMs: number;
}

export interface AttemptWrites {
  readonly messageId: string;
  /** The lease under which the attempt was made; what is written is conditional on it. */
  readonly lease: Lease;
  /** True where this worker goes on with the message at once; otherwise the lease is given up. */
  readonly keepsLease: boolean;
  readonly state: MessageState;
  readonly attemptCount: number;
  readonly triedCarriers: readonly string[];
  readonly carrier?: string;
  readonly nextAttemptAtMs?: number;
  readonly failure?: string;
  readonly erasesContent: boolean;
  /** True where the message ends without ever having been accepted: what it was charged is given back. */
  readonly isRefunded: boolean;
  readonly submissions: readonly Submission[];
  readonly updatedAtMs: number;
  readonly events: readonly NewEvent[];
}

export interface ReceiptSnapshot {
  readonly message: Message;
  readonly submission: Submission;
  /** States of all parts of the same submit, the reported one included. */
  readonly parts: readonly ReceiptState[];
}

export interface ReceiptWrites {
  readonly carrier: string;
  readonly carrierMessageId: string;
  readonly partState: ReceiptState;
  readonly messageId: string;
  readonly messageState: MessageState;
  readonly failure?: string;
  readonly updatedAtMs: number;
  readonly events: readonly NewEvent[];
}

export interface StoreReads {
  findVerification(tenantId: string, id: string): Promise<Verification | undefined>;
  /** The newest pending one of recipient and purpose; where none is pending, the newest of all. */
  findNewestVerification(
    tenantId: string,
    recipientId: string,
    purpose: string,
  ): Promise<Verification | undefined>;
  /** Newest first. */
  listVerifications(
    tenantId: string,
    filter: VerificationFilter,
    page: Page,
  ): Promise<readonly Verification[]>;
  findMessage(tenantId: string, id: string): Promise<Message | undefined>;
  listMessages(tenantId: string, filter: MessageFilter, page: Page): Promise<readonly Message[]>;
  findEvent(tenantId: string, id: string): Promise<Event | undefined>;
  listEvents(tenantId: string, filter: EventFilter, page: Page): Promise<readonly Event[]>;
  findBudget(tenantId: string, recipientId: string): Promise<FailureBudget | undefined>;
}

export interface VerificationFilter {
  readonly state?: Verification['state'];
  readonly recipientId?: string;
}
export interface MessageFilter {
  readonly verificationId?: string;
}
export interface EventFilter {
  readonly verificationId?: string;
  readonly messageId?: string;
  readonly type?: string;
}

export interface TenantStore {
  /** Rejects with `EngineError('conflict')` where the e-mail is taken. */
  createTenant(tenant: Tenant): Promise<void>;
  findTenant(id: string): Promise<Tenant | undefined>;
  listTenants(): Promise<readonly Tenant[]>;
  createKey(key: Key, secretHash: Uint8Array): Promise<void>;
  /** False where there is no such key. */
  revokeKey(id: string, atMs: number): Promise<boolean>;
  listKeys(tenantId: string): Promise<readonly Key[]>;
  findKey(id: string): Promise<{ readonly key: Key; readonly tenant: Tenant } | undefined>;
  findKeyByHash(secretHash: Uint8Array): Promise<{ readonly key: Key; readonly tenant: Tenant } | undefined>;
  saveTemplate(template: TenantTemplate): Promise<void>;
  findTemplate(tenantId: string, name: string): Promise<TenantTemplate | undefined>;
  listTemplates(tenantId: string): Promise<readonly TenantTemplate[]>;
  deleteTemplate(tenantId: string, name: string): Promise<boolean>;
}

/** A data key wrapped by the master secret; see lib/keyring.ts. */
export interface DataKeyRow {
  readonly name: string;
  readonly purpose: DataKeyPurpose;
  readonly wrapped: Uint8Array;
  readonly createdAtMs: number;
}

export interface KeyStore {
  loadDataKeys(): Promise<readonly DataKeyRow[]>;
  /** Adds all or, where any of the names exists, none; false then. */
  addDataKeys(rows: readonly DataKeyRow[]): Promise<boolean>;
  /** Replaces the wrapping of every row in one transaction: a new master secret. */
  rewrapDataKeys(rows: readonly DataKeyRow[]): Promise<void>;
  deleteDataKey(name: string): Promise<void>;
  /** Rows with sealed columns in id order, for re-sealing under a newer key. */
  scanSealed(table: SealedTable, afterId: string, limit: number): Promise<readonly SealedRow[]>;
  /** Conditional on the value still being `before`; false where it has changed meanwhile. */
  replaceSealed(table: SealedTable, row: SealedRow, before: SealedRow): Promise<boolean>;
}

/** Of `webhook_endpoints` the URL is `toSealed` and the secrets are `contentSealed`; a table with one sealed column has it as `toSealed`. */
export type SealedTable =
  | 'verifications'
  | 'messages'
  | 'webhook_endpoints'
  | 'webhook_secrets'
  | 'devices'
  | 'signing_keys';
export interface SealedRow {
  readonly id: string;
  readonly toSealed: Uint8Array;
  readonly contentSealed?: Uint8Array;
}

export interface OutboxStore {
  /** Takes due messages with no live lease, oldest first, each with a fresh lease whose number has grown. */
  claimMessages(claim: Claim): Promise<readonly Message[]>;
  /** Gives unfinished messages back at shutdown. Fenced like everything else that a lease protects. */
  releaseMessages(leases: readonly { readonly messageId: string; readonly lease: Lease }[]): Promise<void>;
  /** Messages still to be sent, for the depth gauge; may be approximate. */
  countQueued(): Promise<number>;
  /** For its gauge; from 10 000 on it need not be told how many more. */
  countParkedReceipts(): Promise<number>;
  /**
   * Calls `listener` when some node may have written what can be claimed at once: a hint, which may be lost or come
   * for nothing. Absent where the nodes have no way to tell each other.
   *
   * @returns what ends it
   */
  wakes?(listener: () => void): () => void;
}

export interface Claim {
  readonly node: string;
  readonly nowMs: number;
  readonly leaseUntilMs: number;
  readonly limit: number;
}

/** What a step of the sweep did, and the events that were written for it. */
export interface Swept {
  readonly count: number;
  readonly events: readonly NewEvent[];
}

/** Bounded steps of the sweep; each returns how much it did, and is called again while that is the limit. */
export interface SweepStore {
  /** Pending verifications whose time has run out become `expired`, with the events that `toEvents` makes. */
  expireVerifications(
    nowMs: number,
    limit: number,
    toEvents: (verification: Verification, canceledMessageIds: readonly string[]) => readonly NewEvent[],
  ): Promise<Swept>;
  /** Accepted messages updated before `beforeMs` become `unconfirmed`. */
  closeUnconfirmed(
    beforeMs: number,
    nowMs: number,
    limit: number,
    toEvent: (message: Message) => NewEvent,
  ): Promise<Swept>;
  /** Deletes finished rows older than `beforeMs` of every kind. */
  deleteOld(beforeMs: number, limit: number): Promise<number>;
  /** Deletes counters whose window ended, budgets back to nothing, parked receipts and idempotency records out of time. */
  deleteStale(limits: StaleLimits, limit: number): Promise<number>;
}

export interface StaleLimits {
  readonly nowMs: number;
  readonly parkedBeforeMs: number;
  readonly idempotencyBeforeMs: number;
}

/**
 * An adapter to a network or aggregator that messages are sent through. Receipts go to the sink given at creation.
 * One contract suite for all: test/contract/carrier/.
 */
export interface Carrier extends AsyncDisposable {
  readonly id: string;
  readonly kind: string;
  readonly channels: readonly MessageChannel[];
  /** True for a handset: the only kind that a `test` key sends through. */
  readonly isSimulated: boolean;
  /** Never rejects: whatever goes wrong is an outcome. Aborted: `unknown` where it may have left. */
  submit(message: OutboundMessage, signal: AbortSignal): Promise<SubmitOutcome>;
  health(): CarrierHealth;
}

export interface OutboundMessage extends MessageContent {
  readonly id: string;
  readonly tenantId: string;
  readonly channel: MessageChannel;
  /** E.164 or an e-mail address. */
  readonly to: string;
  readonly sender?: string;
  readonly locale?: string;
  /** The tenant's template that the text was made from. */
  readonly template?: string;
  readonly segments: number;
  /** The message is worthless after this instant; a carrier's validity period is no longer. */
  readonly notAfterMs: number;
}

export interface CarrierHealth {
  readonly state: 'up' | 'degraded' | 'down';
  readonly detail?: string;
}

/** Resolves once the receipt is durable: only then may the carrier acknowledge it. */
export type ReceiptSink = (receipt: Receipt) => Promise<void>;
