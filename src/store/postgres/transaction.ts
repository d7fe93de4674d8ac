/**
 * What a use case may do within a transaction. What is loaded is locked until the end, in one order everywhere:
 * recipient, shared counters, ids of carriers (see locks.ts), then rows: verification, account, message. Writes that
 * nothing depends on wait for the next question or the commit, so that a start and a check are two round trips.
 */

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
import { MESSAGE_COLUMNS } from '../row-values.ts';
import {
  type BudgetRow,
  type DeviceRow,
  type DeviceVerificationRow,
  type MessageRow,
  type ReceiptRow,
  toBudget,
  toDevice,
  toDeviceVerification,
  toIdempotencyRecord,
  toMessage,
  toReceipt,
  toSubmission,
  toVerification,
} from '../rows.ts';
import * as allowances from './allowances.ts';
import type { Result } from './batch.ts';
import * as devices from './devices.ts';
import { appendEvents } from './events.ts';
import * as fallbacks from './fallbacks.ts';
import * as ledger from './ledger.ts';
import { lockCarrierIds, lockCounters, lockRecipient, lockRecipientOf } from './locks.ts';
import * as messages from './messages.ts';
import * as receipts from './receipts.ts';
import type { Session } from './session.ts';
import type { Call } from './statement.ts';
import type { LoadedVerificationRow, SettledRow } from './verifications.ts';
import * as verifications from './verifications.ts';
import { useEndpoint } from './webhook-endpoints.ts';

const NONE: readonly string[] = [];
const findMessageOf = receipts.createFindMessageOf(MESSAGE_COLUMNS);

export class PostgresTransaction implements Transaction {
  readonly #session: Session;
  #counted: CheckCount | undefined;
  /** Loaded as pending and with nothing to cancel, so that settling them needs no answer. */
  readonly #plain = new Set<string>();
  /** Loaded, and there was no budget. */
  readonly #withoutBudget = new Set<string>();
  readonly #withoutParked = new Set<string>();
  /** One opened since is charged from the next message on. */
  readonly #withoutAccount = new Set<string>();
  #wantsWake = false;

  constructor(session: Session) {
    this.#session = session;
  }

  /** True where something was written that any worker may claim at once. */
  get wantsWake(): boolean {
    return this.#wantsWake;
  }

  async loadSend(query: SendQuery): Promise<SendSnapshot> {
    const { tenantId, recipientId, idempotencyKey, counterKeys } = query;
    const locks = [lockRecipient(recipientId), ...lockCounters(counterKeys, recipientId)];
    const answers = await this.#ask(...locks, allowances.loadAllowances(query), ...findVerificationOf(query));
    const [allowed, found] = answers.slice(locks.length);
    const rows = (allowed?.rows ?? []) as unknown as readonly allowances.AllowancesRow[];
    const [row] = rows;
    if (!row?.has_account) this.#withoutAccount.add(tenantId);
    const budget = this.#toBudget(tenantId, recipientId, allowances.hasBudget(row) ? row : undefined);
    const verification = this.#toVerification(found?.rows[0] as LoadedVerificationRow | undefined);
    const isReplay = idempotencyKey !== undefined && allowances.hasIdempotency(row);
    return {
      ...(isReplay && {
        idempotency: toIdempotencyRecord({ ...row, tenant_id: tenantId, key: idempotencyKey }),
      }),
      ...(verification && { verification }),
      ...(budget && { budget }),
      counters: allowances.toCounters(rows),
    };
  }

  async saveSend(writes: SendWrites): Promise<readonly string[]> {
    const { verification, resend, settle, message, counters, idempotency, webhook, events } = writes;
    if (idempotency) this.#write(allowances.insertIdempotency(idempotency));
    const canceled = settle ? ((await this.#settle(settle)) ?? NONE) : NONE;
    if (verification) this.#write(verifications.insertVerification(verification));
    if (resend)
      this.#write(verifications.countSend(resend.verificationId, resend.sendCount, resend.lastSendAtMs));
    this.#write(messages.insertMessage(message));
    if (counters.length > 0) this.#write(allowances.saveCounters(counters));
    if (webhook) this.#write(useEndpoint(webhook));
    this.#write(...appendEvents(events));
    if (message.state === 'queued' && !message.lease) this.#wantsWake = true;
    return canceled;
  }

  async loadCheck(tenantId: string, verificationId: string): Promise<CheckSnapshot | undefined> {
    const [, loaded, counted] = await this.#ask(
      lockRecipientOf(verificationId, tenantId),
      verifications.loadVerification(tenantId, verificationId),
      allowances.findBudgetOf(tenantId, verificationId),
    );
    const verification = this.#toVerification(loaded?.rows[0] as LoadedVerificationRow | undefined);
    if (!verification) return undefined;
    const budget = this.#toBudget(
      tenantId,
      verification.recipientId,
      counted?.rows[0] as BudgetRow | undefined,
    );
    return { verification, ...(budget && { budget }) };
  }

  async countCheck(writes: CheckCount): Promise<void> {
    this.#flushCount();
    this.#counted = writes;
  }

  async settleCheck(writes: CheckSettlement): Promise<readonly string[]> {
    const counted = this.#counted;
    const { tenantId, recipientId, settle, refund, events } = writes;
    const isSameCheck =
      counted?.tenantId === tenantId &&
      counted.recipientId === recipientId &&
      (!settle || settle.verificationId === counted.verificationId);
    if (counted && !isSameCheck) this.#flushCount();
    this.#counted = undefined;

    const checkCount = isSameCheck ? counted?.checkCount : undefined;
    const canceled = settle && (await this.#settle(settle, checkCount));
    if (counted && isSameCheck && !canceled)
      this.#write(verifications.countCheck(counted.verificationId, counted.checkCount));
    if (refund) this.#saveBudget(tenantId, recipientId, refund.budget);
    else if (counted && isSameCheck) this.#saveBudget(tenantId, recipientId, counted.budget);
    this.#write(...appendEvents(events));
    return canceled ?? NONE;
  }

  async settleVerification(writes: VerificationSettlement): Promise<readonly string[]> {
    return (await this.#settle(writes)) ?? NONE;
  }

  async loadMessage(messageId: string): Promise<Message | undefined> {
    const row = await this.#first<MessageRow>(messages.loadMessage(messageId));
    return row && toMessage(row);
  }

  async recordAttempt(writes: AttemptWrites): Promise<boolean> {
    const { submissions } = writes;
    const [first] = submissions;
    const ids = submissions.map(({ carrierMessageId }) => carrierMessageId);
    const before: Call[] = [];
    if (first) before.push(lockCarrierIds(first.carrier, ids));
    if (writes.isRefunded) before.push(ledger.lockAccountOf(writes.messageId));
    const [recorded, parked] = (
      await this.#ask(
        ...before,
        messages.recordAttempt(writes),
        ...(first ? [receipts.hasParked(first.carrier, ids)] : []),
      )
    ).slice(before.length);
    if (recorded?.rows.length === 0) return false;
    if (first && parked?.rows[0]?.has_parked === false)
      for (const id of ids) this.#withoutParked.add(`${first.carrier}\n${id}`);
    if (writes.isRefunded) this.#write(...ledger.refundMessages([writes.messageId], writes.updatedAtMs));
    if (first) this.#write(receipts.saveSubmissions(submissions));
    this.#write(...appendEvents(writes.events));
    return true;
  }

  async loadReceipt(carrier: string, carrierMessageId: string): Promise<ReceiptSnapshot | undefined> {
    const [, , found, of] = await this.#ask(
      lockCarrierIds(carrier, [carrierMessageId]),
      receipts.lockMessageOf(carrier, carrierMessageId),
      receipts.findSubmission(carrier, carrierMessageId),
      findMessageOf(carrier, carrierMessageId),
    );
    const row = found?.rows[0] as receipts.LoadedSubmissionRow | undefined;
    const message = of?.rows[0] as MessageRow | undefined;
    if (!row || !message) return undefined;
    const submission = toSubmission(row);
    const parts = submission.parts === 1 ? [submission.state] : row.part_states;
    return { message: toMessage(message), submission, parts };
  }

  async saveReceipt(writes: ReceiptWrites): Promise<void> {
    this.#write(
      receipts.setPartState(writes),
      messages.recordReceipt(writes),
      ...appendEvents(writes.events),
    );
  }

  async parkReceipt(receipt: Receipt): Promise<void> {
    this.#write(receipts.parkReceipt(receipt));
  }

  async takeParkedReceipts(
    carrier: string,
    carrierMessageIds: readonly string[],
  ): Promise<readonly Receipt[]> {
    if (carrierMessageIds.every((id) => this.#withoutParked.has(`${carrier}\n${id}`))) return [];
    const rows = await this.#session.query<ReceiptRow>(receipts.takeParked(carrier, carrierMessageIds));
    return rows.map(toReceipt);
  }

  async saveBudget(tenantId: string, recipientId: string, budget: FailureBudget | undefined): Promise<void> {
    this.#saveBudget(tenantId, recipientId, budget);
  }

  async loadAccount(tenantId: string): Promise<Account | undefined> {
    if (this.#withoutAccount.has(tenantId)) return undefined;
    const row = await this.#first<ledger.AccountRow>(ledger.loadAccount(tenantId));
    return row && ledger.toAccount(row);
  }

  async saveCharge(charge: Charge): Promise<void> {
    this.#write(ledger.saveCharge(charge));
  }

  async saveCredit(credit: Credit): Promise<boolean> {
    this.#withoutAccount.delete(credit.tenantId);
    const answers = await this.#ask(...ledger.saveCredit(credit));
    return answers.at(-1)?.rows.length === 1;
  }

  async saveDailyCap(tenantId: string, dailyCapMicros: number | undefined): Promise<boolean> {
    return (await this.#first(ledger.saveDailyCap(tenantId, dailyCapMicros))) !== undefined;
  }

  async loadFallback(verificationId: string): Promise<Fallback | undefined> {
    return this.#first<Fallback>(fallbacks.loadFallback(verificationId));
  }

  async saveFallback(fallback: Fallback): Promise<void> {
    this.#write(fallbacks.saveFallback(fallback));
  }

  async deleteFallback(verificationId: string): Promise<void> {
    this.#write(fallbacks.deleteFallback(verificationId));
  }

  async loadSubject(tenantId: string, subjectId: string): Promise<SubjectSnapshot> {
    const [, found, counted] = await this.#ask(
      lockRecipient(subjectId),
      devices.listDevices(tenantId, subjectId),
      allowances.findBudget(tenantId, subjectId),
    );
    const rows = (found?.rows ?? []) as unknown as readonly DeviceRow[];
    const budget = this.#toBudget(tenantId, subjectId, counted?.rows[0] as BudgetRow | undefined);
    return { devices: rows.map(toDevice), ...(budget && { budget }) };
  }

  async insertDevice(device: Device): Promise<void> {
    this.#write(devices.insertDevice(device));
  }

  async deleteDevices(deviceIds: readonly string[]): Promise<void> {
    this.#write(devices.deleteDevices(deviceIds));
  }

  async activateDevice(deviceId: string, step: number, activatedAtMs: number): Promise<boolean> {
    return (await this.#first(devices.activateDevice(deviceId, step, activatedAtMs))) !== undefined;
  }

  async useDeviceStep(deviceId: string, step: number): Promise<boolean> {
    return (await this.#first(devices.useDeviceStep(deviceId, step))) !== undefined;
  }

  async insertDeviceVerification(verification: DeviceVerification): Promise<void> {
    this.#write(devices.insertDeviceVerification(verification));
  }

  async loadDeviceVerification(tenantId: string, id: string): Promise<DeviceVerification | undefined> {
    const row = await this.#first<DeviceVerificationRow>(devices.loadDeviceVerification(tenantId, id));
    return row && toDeviceVerification(row);
  }

  async saveDeviceVerification(writes: DeviceVerificationWrites): Promise<boolean> {
    return (await this.#first(devices.saveDeviceVerification(writes))) !== undefined;
  }

  async appendEvents(events: readonly NewEvent[]): Promise<void> {
    this.#write(...appendEvents(events));
  }

  /** Hands over what is still held back; the last thing before the transaction ends. */
  flush(): void {
    this.#flushCount();
  }

  #write(...calls: readonly Call[]): void {
    this.#flushCount();
    this.#session.defer(...calls);
  }

  #ask(...questions: readonly Call[]): Promise<readonly Result[]> {
    this.#flushCount();
    return this.#session.queryAll(...questions);
  }

  async #first<Found>(question: Call): Promise<Found | undefined> {
    const [answer] = await this.#ask(question);
    return answer?.rows[0] as Found | undefined;
  }

  /** Undefined where it was settled already, and then nothing is written. */
  async #settle(
    settlement: VerificationSettlement,
    checkCount?: number,
  ): Promise<readonly string[] | undefined> {
    const settle = verifications.settleVerification(settlement, checkCount);
    if (this.#plain.delete(settlement.verificationId)) {
      this.#write(settle);
      return NONE;
    }
    const [answer] = await this.#ask(settle);
    const rows = (answer?.rows ?? []) as unknown as readonly SettledRow[];
    if (rows.length === 0) return undefined;
    const canceled = rows.flatMap(({ message_id }) => message_id ?? []);
    const charged = rows.flatMap(({ message_id, was_charged }) =>
      was_charged && message_id !== null ? message_id : [],
    );
    this.#write(...ledger.refundMessages(charged, settlement.settledAtMs));
    return canceled;
  }

  #saveBudget(tenantId: string, recipientId: string, budget: FailureBudget | undefined): void {
    const isAbsent = this.#withoutBudget.delete(`${tenantId}${recipientId}`);
    if (budget || !isAbsent) this.#write(allowances.saveBudget(tenantId, recipientId, budget));
  }

  #flushCount(): void {
    const counted = this.#counted;
    if (!counted) return;
    this.#counted = undefined;
    this.#session.defer(verifications.countCheck(counted.verificationId, counted.checkCount));
    this.#saveBudget(counted.tenantId, counted.recipientId, counted.budget);
  }

  #toVerification(row: LoadedVerificationRow | undefined) {
    if (!row) return undefined;
    if (row.state === 'pending' && !row.has_open_messages) this.#plain.add(row.id);
    return toVerification(row);
  }

  #toBudget(tenantId: string, recipientId: string, row: BudgetRow | undefined): FailureBudget | undefined {
    if (!row) this.#withoutBudget.add(`${tenantId}${recipientId}`);
    return row && toBudget(row);
  }
}

function findVerificationOf({ tenantId, recipientId, verificationId, purpose }: SendQuery): readonly Call[] {
  if (verificationId !== undefined) return [verifications.loadVerification(tenantId, verificationId)];
  return purpose === undefined ? [] : [verifications.loadPending(tenantId, recipientId, purpose)];
}
