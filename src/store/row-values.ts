/**
 * The columns of the rows that both databases keep alike, and their values in the same order: the other half of rows.ts.
 * How a statement is written is each database's own.
 */
import type { Message } from '../core/delivery.ts';
import type { Verification } from '../core/verification.ts';
import { fromMessageDetails } from './rows.ts';

export type RowValue = string | number | Uint8Array | null;

export const VERIFICATION_COLUMNS = `id, tenant_id, recipient_id, purpose, dialect, mode, channel, state,
  check_count, send_count, last_send_at_ms, created_at_ms, expires_at_ms, settled_at_ms, code_key, code_hash,
  to_sealed, content_sealed, details`;

export const MESSAGE_COLUMNS = `id, tenant_id, verification_id, recipient_id, dialect, mode, channel, state,
  segments, created_at_ms, updated_at_ms, not_after_ms, next_attempt_at_ms, attempt_count, tried_carriers, carrier,
  failure, lease_node, lease_number, lease_until_ms, to_sealed, content_sealed, details`;

export function verificationValues(verification: Verification): readonly RowValue[] {
  return [
    verification.id,
    verification.tenantId,
    verification.recipientId,
    verification.purpose,
    verification.dialect,
    verification.mode,
    verification.channel,
    verification.state,
    verification.checkCount,
    verification.sendCount,
    verification.lastSendAtMs,
    verification.createdAtMs,
    verification.expiresAtMs,
    verification.settledAtMs ?? null,
    verification.codeHash.key,
    verification.codeHash.hash,
    verification.toSealed,
    verification.contentSealed ?? null,
    JSON.stringify(verification.details),
  ];
}

export function messageValues(message: Message): readonly RowValue[] {
  return [
    message.id,
    message.tenantId,
    message.verificationId ?? null,
    message.recipientId,
    message.dialect,
    message.mode,
    message.channel,
    message.state,
    message.segments,
    message.createdAtMs,
    message.updatedAtMs,
    message.notAfterMs,
    message.nextAttemptAtMs ?? null,
    message.attemptCount,
    toJsonList(message.triedCarriers),
    message.carrier ?? null,
    message.details.failure ?? null,
    message.lease?.node ?? null,
    message.lease?.number ?? 0,
    message.lease?.untilMs ?? null,
    message.toSealed,
    message.contentSealed ?? null,
    fromMessageDetails(message.details),
  ];
}

export function toJsonList(values: readonly string[]): string {
  return values.length === 0 ? '[]' : JSON.stringify(values);
}
