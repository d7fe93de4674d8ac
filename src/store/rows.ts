/**
 * Rows as both databases give them, and the domain objects they stand for. It knows columns, not SQL: which rows
 * are read and written is each implementation's. JSON columns arrive as text, instants as numbers.
 */

import type { Message, Receipt, Submission } from '../core/delivery.ts';
import type { Device, DeviceVerification } from '../core/device.ts';
import type { Event } from '../core/events.ts';
import type { FailureBudget } from '../core/failure-budget.ts';
import type { Key, Tenant } from '../core/principal.ts';
import type { TenantTemplate } from '../core/tenant-template.ts';
import type { Verification } from '../core/verification.ts';
import type { StoredSigningKey } from '../engine/ports/signing-keys.ts';
import type { DataKeyRow, IdempotencyRecord } from '../engine/ports.ts';

export interface VerificationRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly recipient_id: string;
  readonly purpose: string;
  readonly dialect: string;
  readonly mode: Verification['mode'];
  readonly channel: Verification['channel'];
  readonly state: Verification['state'];
  readonly check_count: number;
  readonly send_count: number;
  readonly last_send_at_ms: number;
  readonly created_at_ms: number;
  readonly expires_at_ms: number;
  readonly settled_at_ms: number | null;
  readonly code_key: string;
  readonly code_hash: Uint8Array;
  readonly to_sealed: Uint8Array;
  readonly content_sealed: Uint8Array | null;
  readonly details: string;
}

export function toVerification(row: VerificationRow): Verification {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    recipientId: row.recipient_id,
    purpose: row.purpose,
    dialect: row.dialect,
    mode: row.mode,
    channel: row.channel,
    state: row.state,
    checkCount: row.check_count,
    sendCount: row.send_count,
    lastSendAtMs: row.last_send_at_ms,
    createdAtMs: row.created_at_ms,
    expiresAtMs: row.expires_at_ms,
    ...(row.settled_at_ms !== null && { settledAtMs: row.settled_at_ms }),
    codeHash: { key: row.code_key, hash: row.code_hash },
    toSealed: row.to_sealed,
    ...(row.content_sealed !== null && { contentSealed: row.content_sealed }),
    details: JSON.parse(row.details),
  };
}

export interface MessageRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly verification_id: string | null;
  readonly recipient_id: string;
  readonly dialect: string;
  readonly mode: Message['mode'];
  readonly channel: Message['channel'];
  readonly state: Message['state'];
  readonly segments: number;
  readonly created_at_ms: number;
  readonly updated_at_ms: number;
  readonly not_after_ms: number;
  readonly next_attempt_at_ms: number | null;
  readonly attempt_count: number;
  readonly tried_carriers: string;
  readonly carrier: string | null;
  readonly failure: string | null;
  /** Null: nobody works on it. The number stays when a lease ends, so that the next one is greater. */
  readonly lease_node: string | null;
  readonly lease_number: number;
  readonly lease_until_ms: number | null;
  readonly to_sealed: Uint8Array;
  readonly content_sealed: Uint8Array | null;
  readonly details: string;
}

export function toMessage(row: MessageRow): Message {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    ...(row.verification_id !== null && { verificationId: row.verification_id }),
    recipientId: row.recipient_id,
    dialect: row.dialect,
    mode: row.mode,
    channel: row.channel,
    state: row.state,
    segments: row.segments,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    notAfterMs: row.not_after_ms,
    ...(row.next_attempt_at_ms !== null && { nextAttemptAtMs: row.next_attempt_at_ms }),
    attemptCount: row.attempt_count,
    triedCarriers: row.tried_carriers === '[]' ? [] : JSON.parse(row.tried_carriers),
    ...(row.carrier !== null && { carrier: row.carrier }),
    ...(row.lease_node !== null && {
      lease: { node: row.lease_node, number: row.lease_number, untilMs: row.lease_until_ms ?? 0 },
    }),
    toSealed: row.to_sealed,
    ...(row.content_sealed !== null && { contentSealed: row.content_sealed }),
    details: { ...JSON.parse(row.details), ...(row.failure !== null && { failure: row.failure }) },
  };
}

/** `failure` changes with the delivery and has a column; the rest of the details is written once. */
export function fromMessageDetails({ failure: _, ...details }: Message['details']): string {
  return JSON.stringify(details);
}

export interface SubmissionRow {
  readonly carrier: string;
  readonly carrier_message_id: string;
  readonly message_id: string;
  readonly part: number;
  readonly parts: number;
  readonly state: Submission['state'];
  readonly submitted_at_ms: number;
}

export function toSubmission(row: SubmissionRow): Submission {
  return {
    carrier: row.carrier,
    carrierMessageId: row.carrier_message_id,
    messageId: row.message_id,
    part: row.part,
    parts: row.parts,
    state: row.state,
    submittedAtMs: row.submitted_at_ms,
  };
}

export interface ReceiptRow {
  readonly carrier: string;
  readonly carrier_message_id: string;
  readonly state: Receipt['state'];
  readonly reason: string | null;
  readonly received_at_ms: number;
}

export function toReceipt(row: ReceiptRow): Receipt {
  return {
    carrier: row.carrier,
    carrierMessageId: row.carrier_message_id,
    state: row.state,
    ...(row.reason !== null && { reason: row.reason }),
    receivedAtMs: row.received_at_ms,
  };
}

export interface EventRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly type: Event['type'];
  readonly verification_id: string | null;
  readonly message_id: string | null;
  readonly at_ms: number;
  readonly data: string;
}

export function toEvent(row: EventRow): Event {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    type: row.type,
    ...(row.verification_id !== null && { verificationId: row.verification_id }),
    ...(row.message_id !== null && { messageId: row.message_id }),
    atMs: row.at_ms,
    data: JSON.parse(row.data),
  };
}

export interface BudgetRow {
  readonly failures: number;
  readonly window_ends_at_ms: number;
  readonly consecutive: number;
  readonly blocked_until_ms: number;
}

export function toBudget(row: BudgetRow): FailureBudget {
  return {
    failures: row.failures,
    windowEndsAtMs: row.window_ends_at_ms,
    consecutive: row.consecutive,
    blockedUntilMs: row.blocked_until_ms,
  };
}

export interface IdempotencyRow {
  readonly tenant_id: string;
  readonly key: string;
  readonly request_hash: string;
  readonly verification_id: string | null;
  readonly message_id: string | null;
  readonly created_at_ms: number;
}

export function toIdempotencyRecord(row: IdempotencyRow): IdempotencyRecord {
  return {
    tenantId: row.tenant_id,
    key: row.key,
    requestHash: row.request_hash,
    ...(row.verification_id !== null && { verificationId: row.verification_id }),
    ...(row.message_id !== null && { messageId: row.message_id }),
    createdAtMs: row.created_at_ms,
  };
}

export interface TenantRow {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly default_country: string | null;
  readonly created_at_ms: number;
}

export function toTenant(row: TenantRow): Tenant {
  return {
    id: row.id,
    name: row.name,
    email: row.email,
    ...(row.default_country !== null && { defaultCountry: row.default_country }),
    createdAtMs: row.created_at_ms,
  };
}

export interface KeyRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly mode: Key['mode'];
  readonly scopes: string;
  readonly created_at_ms: number;
  readonly revoked_at_ms: number | null;
}

export function toKey(row: KeyRow): Key {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    mode: row.mode,
    scopes: JSON.parse(row.scopes),
    createdAtMs: row.created_at_ms,
    ...(row.revoked_at_ms !== null && { revokedAtMs: row.revoked_at_ms }),
  };
}

export interface TemplateRow {
  readonly tenant_id: string;
  readonly name: string;
  readonly bodies: string;
  readonly default_locale: string;
  readonly subject: string | null;
  readonly is_default: boolean | number;
  readonly updated_at_ms: number;
}

export function toTemplate(row: TemplateRow): TenantTemplate {
  return {
    tenantId: row.tenant_id,
    name: row.name,
    bodies: JSON.parse(row.bodies),
    defaultLocale: row.default_locale,
    ...(row.subject !== null && { subject: row.subject }),
    isDefault: Boolean(row.is_default),
    updatedAtMs: row.updated_at_ms,
  };
}

export interface StoredDataKeyRow {
  readonly name: string;
  readonly purpose: DataKeyRow['purpose'];
  readonly wrapped: Uint8Array;
  readonly created_at_ms: number;
}

export function toDataKeyRow(row: StoredDataKeyRow): DataKeyRow {
  return { name: row.name, purpose: row.purpose, wrapped: row.wrapped, createdAtMs: row.created_at_ms };
}

export interface SigningKeyRow {
  readonly kid: string;
  readonly generation: number;
  readonly public_jwk: string;
  readonly private_sealed: Uint8Array;
  readonly created_at_ms: number;
  readonly signs_from_ms: number;
}

export function toSigningKey(row: SigningKeyRow): StoredSigningKey {
  return {
    kid: row.kid,
    generation: row.generation,
    publicJwk: JSON.parse(row.public_jwk),
    privateSealed: row.private_sealed,
    createdAtMs: row.created_at_ms,
    signsFromMs: row.signs_from_ms,
  };
}

export interface DeviceRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly subject_id: string;
  readonly state: Device['state'];
  readonly last_used_step: number | null;
  readonly created_at_ms: number;
  readonly activated_at_ms: number | null;
  readonly expires_at_ms: number | null;
  readonly content_sealed: Uint8Array;
}

export function toDevice(row: DeviceRow): Device {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    subjectId: row.subject_id,
    state: row.state,
    ...(row.last_used_step !== null && { lastUsedStep: row.last_used_step }),
    createdAtMs: row.created_at_ms,
    ...(row.activated_at_ms !== null && { activatedAtMs: row.activated_at_ms }),
    ...(row.expires_at_ms !== null && { expiresAtMs: row.expires_at_ms }),
    contentSealed: row.content_sealed,
  };
}

export interface DeviceVerificationRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly subject_id: string;
  readonly device_id: string;
  readonly state: DeviceVerification['state'];
  readonly check_count: number;
  readonly checks_max: number;
  readonly created_at_ms: number;
  readonly expires_at_ms: number;
  readonly settled_at_ms: number | null;
}

export function toDeviceVerification(row: DeviceVerificationRow): DeviceVerification {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    subjectId: row.subject_id,
    deviceId: row.device_id,
    state: row.state,
    checkCount: row.check_count,
    createdAtMs: row.created_at_ms,
    expiresAtMs: row.expires_at_ms,
    ...(row.settled_at_ms !== null && { settledAtMs: row.settled_at_ms }),
    details: { policy: { checksMax: row.checks_max } },
  };
}
