import { EngineError } from '../core/errors.ts';
import type { Principal } from '../core/principal.ts';
import type { Keyring } from '../lib/keyring.ts';
import type { Idempotency } from './commands.ts';
import type { IdempotencyRecord } from './ports.ts';

/** How long a repeated call is recognised: longer than any client retries, shorter than keys are reused by accident. */
export const IDEMPOTENCY_TTL_MS = 24 * 3_600_000;

export interface EarlierSend {
  readonly verificationId: string;
  readonly messageId: string;
}

/**
 * The hash of a request under a key of ours, which is what is stored: a plain one could be searched for the number in
 * the request by whoever holds a dump.
 */
export function keyed(
  keyring: Keyring,
  { tenant, mode }: Principal,
  idempotency: Idempotency | undefined,
): Idempotency | undefined {
  if (!idempotency) return undefined;
  const { key, requestHash } = idempotency;
  const hash = keyring.lookupHash('request', tenant.id, requestHash);
  return {
    // Word for word the same call by a key of the other mode is another one: what it asks for is another message. No
    // caller's own key has a space.
    key: mode === 'test' ? `test ${key}` : key,
    requestHash: Buffer.from(hash).toString('base64url'),
  };
}

/** What an earlier call with the same key ordered. @throws EngineError `idempotency_key_reused` for another body */
export function replayOf(
  record: IdempotencyRecord | undefined,
  idempotency: Idempotency | undefined,
): EarlierSend | undefined {
  if (!record || !idempotency) return undefined;
  if (record.requestHash !== idempotency.requestHash) {
    throw new EngineError('idempotency_key_reused', 'This Idempotency-Key was used for another request.');
  }
  return { verificationId: record.verificationId ?? '', messageId: record.messageId ?? '' };
}

export function recordOf(
  order: { readonly idempotency?: Idempotency; readonly nowMs: number },
  tenantId: string,
  ids: { readonly verificationId?: string; readonly messageId: string },
): IdempotencyRecord | undefined {
  return order.idempotency && { tenantId, ...order.idempotency, ...ids, createdAtMs: order.nowMs };
}
