/**
 * Locks that no row stands for. They are taken before the locks on rows, in this order: recipient, shared counters,
 * ids of carriers. They cost no write and end with the transaction.
 */
import { type Call, call, statement } from './statement.ts';

// Hashes of 64 bits: two keys that share one wait for each other without need, which harms nothing.
const LOCK_RECIPIENT = statement('SELECT pg_advisory_xact_lock(hashtextextended($1, 1))');
const LOCK_RECIPIENT_OF = statement(`SELECT pg_advisory_xact_lock(hashtextextended(recipient_id::text, 1))
  FROM verifications WHERE id = $1 AND tenant_id = $2`);
// In the order of the hashes, whatever order they are asked in.
const lockAll = (seed: number) => `SELECT pg_advisory_xact_lock(hash)
  FROM (SELECT DISTINCT hashtextextended(key, ${seed}) AS hash FROM unnest($1::text[]) AS key ORDER BY hash) AS hashes`;
const LOCK_COUNTERS = statement(lockAll(2));
const LOCK_CARRIER_IDS = statement(lockAll(3));

export const lockRecipient = (recipientId: string): Call => call(LOCK_RECIPIENT, recipientId);

export const lockRecipientOf = (verificationId: string, tenantId: string): Call =>
  call(LOCK_RECIPIENT_OF, verificationId, tenantId);

/** Those that others than this recipient's transactions count on: none by default, of a tenant or a prefix if configured. */
export function lockCounters(keys: readonly string[], recipientId: string): readonly Call[] {
  const shared = keys.filter((key) => !key.includes(recipientId));
  return shared.length === 0 ? [] : [call(LOCK_COUNTERS, shared)];
}

/** So that a receipt and the submission it speaks of, arriving at once, do not miss each other. */
export const lockCarrierIds = (carrier: string, carrierMessageIds: readonly string[]): Call =>
  call(
    LOCK_CARRIER_IDS,
    carrierMessageIds.map((id) => `${carrier}\n${id}`),
  );
