/**
 * What a use case may do within a transaction. Locks are not needed: one writer works at a time. A counted check is
 * written when its settlement or anything else follows, so that the usual right check costs one update, and no
 * write at all to the budget that it takes from and gives back to.
 */
import assert from 'node:assert/strict';
import type { Message, Receipt } from '../../core/delivery.ts';
import type { Device, DeviceVerification } from '../../core/device.ts';
import type { FailureBudget } from '../../core/failure-budget.ts';
import type { Account, Charge } from '../../core/ledger.ts';
import type { NewEvent } from '../../core/webhook.ts';
import type { DeviceVerificationWrites, SubjectSnapshot } from '../../engine/ports/devices.ts';
import type { Fallback } from '../../engine/ports/fallback-store.ts';
import type { Credit } from '../../engine/ports/ledger-store.ts';
import type {
  AttemptWrites,
  CheckCount,
  CheckSettlement,
  CheckSnapshot,
  ReceiptSnapshot,
  ReceiptWrites,
  SendQuery,
  SendSnapshot,
  SendWrites,
  Transaction,
  VerificationSettlement,
} from '../../engine/ports.ts';
import type { AllowanceTables } from './allowances.ts';
import type { DeviceTable } from './devices.ts';
import type { AppendEvents } from './events.ts';
import type { FallbackTable } from './fallbacks.ts';
import type { WorkScope } from './group-commit.ts';
import type { LedgerTable } from './ledger.ts';
import type { MessageTable } from './messages.ts';
import type { ReceiptTable } from './receipts.ts';
import type { VerificationTable } from './verifications.ts';
import type { EndpointTable } from './webhook-endpoints.ts';

export interface Tables {
  readonly verifications: VerificationTable;
  readonly messages: MessageTable;
  readonly receipts: ReceiptTable;
  readonly allowances: AllowanceTables;
  readonly ledger: LedgerTable;
  readonly fallbacks: FallbackTable;
  readonly endpoints: EndpointTable;
  readonly devices: DeviceTable;
  readonly appendEvents: AppendEvents;
}

const NONE: readonly string[] = [];

/** Settles a verification and gives back what its canceled messages were charged; as `VerificationTable.settle`. */
export function settleAndRefund(
  { verifications, ledger }: Tables,
  settlement: VerificationSettlement,
  checkCount?: number,
): readonly string[] | undefined {
  const canceled = verifications.settle(settlement, checkCount);
  for (const messageId of canceled ?? NONE) ledger.refund(messageId, settlement.settledAtMs);
  return canceled;
}

export class SqliteTransaction implements Transaction {
  readonly #tables: Tables;
  readonly #scope: WorkScope;
  #counted: CheckCount | undefined;
  /** The recipient whose budget was looked for in this transaction and not found. */
  #withoutBudget: string | undefined;

  constructor(tables: Tables, scope: WorkScope) {
    this.#tables = tables;
    this.#scope = scope;
  }

  async loadSend(query: SendQuery): Promise<SendSnapshot> {
    const { verifications, allowances } = this.#use();
    const { tenantId, recipientId, purpose, verificationId, idempotencyKey, counterKeys } = query;
    const idempotency =
      idempotencyKey === undefined ? undefined : allowances.findIdempotency(tenantId, idempotencyKey);
    let verification: SendSnapshot['verification'];
    if (verificationId !== undefined) verification = verifications.find(tenantId, verificationId);
    else if (purpose !== undefined) verification = verifications.findPending(tenantId, recipientId, purpose);
    const budget = allowances.findBudget(tenantId, recipientId);
    return {
      ...(idempotency && { idempotency }),
      ...(verification && { verification }),
      ...(budget && { budget }),
      counters: allowances.findCounters(counterKeys),
    };
  }

  async saveSend(writes: SendWrites): Promise<readonly string[]> {
    const { verifications, messages, allowances, endpoints, appendEvents } = this.#use();
    const { verification, resend, settle, message, counters, idempotency, webhook, events } = writes;
    const canceled = settle ? (settleAndRefund(this.#tables, settle) ?? NONE) : NONE;
    if (verification) verifications.insert(verification);
    if (resend) verifications.countSend(resend.verificationId, resend.sendCount, resend.lastSendAtMs);
    messages.insert(message);
    for (const counter of counters) allowances.saveCounter(counter);
    if (idempotency) allowances.insertIdempotency(idempotency);
    if (webhook) endpoints.use(webhook);
    appendEvents(events);
    return canceled;
  }

  async loadCheck(tenantId: string, verificationId: string): Promise<CheckSnapshot | undefined> {
    const { verifications, allowances } = this.#use();
    const verification = verifications.find(tenantId, verificationId);
    if (!verification) return undefined;
    const budget = allowances.findBudget(tenantId, verification.recipientId);
    if (!budget) this.#withoutBudget = verification.recipientId;
    return { verification, ...(budget && { budget }) };
  }

  async countCheck(writes: CheckCount): Promise<void> {
    this.#use();
    this.#counted = writes;
  }

  async settleCheck(writes: CheckSettlement): Promise<readonly string[]> {
    const counted = this.#counted;
    const { tenantId, recipientId, settle, refund, events } = writes;
    const isSameCheck =
      counted?.tenantId === tenantId &&
      counted.recipientId === recipientId &&
      (!settle || settle.verificationId === counted.verificationId);
    if (counted && !isSameCheck) this.flush();
    this.#counted = undefined;
    const { verifications, allowances, appendEvents } = this.#use();

    const checkCount = isSameCheck ? counted?.checkCount : undefined;
    const canceled = settle && settleAndRefund(this.#tables, settle, checkCount);
    if (counted && isSameCheck && !canceled)
      verifications.countCheck(counted.verificationId, counted.checkCount);
    // A count that is still held back has written nothing that a refund would have to take away again.
    const hasNoBudget = isSameCheck && this.#withoutBudget === recipientId && !refund?.budget;
    if (refund && !hasNoBudget) allowances.saveBudget(tenantId, recipientId, refund.budget);
    if (!refund && counted && isSameCheck) allowances.saveBudget(tenantId, recipientId, counted.budget);
    appendEvents(events);
    return canceled ?? NONE;
  }

  async settleVerification(writes: VerificationSettlement): Promise<readonly string[]> {
    return settleAndRefund(this.#use(), writes) ?? NONE;
  }

  async loadMessage(messageId: string): Promise<Message | undefined> {
    return this.#use().messages.find(messageId);
  }

  async recordAttempt(writes: AttemptWrites): Promise<boolean> {
    const { messages, receipts, ledger, appendEvents } = this.#use();
    if (!messages.recordAttempt(writes)) return false;
    if (writes.isRefunded) ledger.refund(writes.messageId, writes.updatedAtMs);
    for (const submission of writes.submissions) receipts.saveSubmission(submission);
    appendEvents(writes.events);
    return true;
  }

  async loadReceipt(carrier: string, carrierMessageId: string): Promise<ReceiptSnapshot | undefined> {
    const { messages, receipts } = this.#use();
    const submission = receipts.findSubmission(carrier, carrierMessageId);
    const message = submission && messages.find(submission.messageId);
    return message && { message, submission, parts: receipts.findPartStates(submission) };
  }

  async saveReceipt(writes: ReceiptWrites): Promise<void> {
    const { messages, receipts, appendEvents } = this.#use();
    receipts.setState(writes.carrier, writes.carrierMessageId, writes.partState);
    messages.recordReceipt(writes);
    appendEvents(writes.events);
  }

  async parkReceipt(receipt: Receipt): Promise<void> {
    this.#use().receipts.park(receipt);
  }

  async takeParkedReceipts(
    carrier: string,
    carrierMessageIds: readonly string[],
  ): Promise<readonly Receipt[]> {
    return this.#use().receipts.takeParked(carrier, carrierMessageIds);
  }

  async saveBudget(tenantId: string, recipientId: string, budget: FailureBudget | undefined): Promise<void> {
    this.#use().allowances.saveBudget(tenantId, recipientId, budget);
  }

  async loadAccount(tenantId: string): Promise<Account | undefined> {
    return this.#use().ledger.findAccount(tenantId);
  }

  async saveCharge(charge: Charge): Promise<void> {
    this.#use().ledger.charge(charge);
  }

  async saveCredit(credit: Credit): Promise<boolean> {
    return this.#use().ledger.credit(credit);
  }

  async saveDailyCap(tenantId: string, dailyCapMicros: number | undefined): Promise<boolean> {
    return this.#use().ledger.saveCap(tenantId, dailyCapMicros);
  }

  async loadFallback(verificationId: string): Promise<Fallback | undefined> {
    return this.#use().fallbacks.find(verificationId);
  }

  async saveFallback(fallback: Fallback): Promise<void> {
    this.#use().fallbacks.save(fallback);
  }

  async deleteFallback(verificationId: string): Promise<void> {
    this.#use().fallbacks.remove(verificationId);
  }

  async appendEvents(events: readonly NewEvent[]): Promise<void> {
    this.#use().appendEvents(events);
  }

  async loadSubject(tenantId: string, subjectId: string): Promise<SubjectSnapshot> {
    const { devices, allowances } = this.#use();
    const budget = allowances.findBudget(tenantId, subjectId);
    return { devices: devices.list(tenantId, subjectId), ...(budget && { budget }) };
  }

  async insertDevice(device: Device): Promise<void> {
    this.#use().devices.insert(device);
  }

  async deleteDevices(deviceIds: readonly string[]): Promise<void> {
    const { devices } = this.#use();
    for (const id of deviceIds) devices.remove(id);
  }

  async activateDevice(deviceId: string, step: number, activatedAtMs: number): Promise<boolean> {
    return this.#use().devices.activate(deviceId, step, activatedAtMs);
  }

  async useDeviceStep(deviceId: string, step: number): Promise<boolean> {
    return this.#use().devices.useStep(deviceId, step);
  }

  async insertDeviceVerification(verification: DeviceVerification): Promise<void> {
    this.#use().devices.insertVerification(verification);
  }

  async loadDeviceVerification(tenantId: string, id: string): Promise<DeviceVerification | undefined> {
    return this.#use().devices.findVerification(tenantId, id);
  }

  async saveDeviceVerification(writes: DeviceVerificationWrites): Promise<boolean> {
    return this.#use().devices.saveVerification(writes);
  }

  /** Writes what is still held back; the last thing before the transaction ends. */
  flush(): void {
    const counted = this.#counted;
    if (!counted) return;
    this.#counted = undefined;
    const { verifications, allowances } = this.#tables;
    verifications.countCheck(counted.verificationId, counted.checkCount);
    allowances.saveBudget(counted.tenantId, counted.recipientId, counted.budget);
  }

  #use(): Tables {
    assert(this.#scope.isOpen, 'a transaction is used only while its work runs');
    this.flush();
    return this.#tables;
  }
}
