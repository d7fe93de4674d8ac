/** Events: appended, never changed, with the deliveries that they carry. */
import type { NewEvent } from '../../core/webhook.ts';
import { type Call, call, columnsOf, statement } from './statement.ts';
import { insertDeliveries } from './webhook-deliveries.ts';

export const EVENT_COLUMNS = 'id, tenant_id, type, verification_id, message_id, at_ms, data';
export const FIND_EVENT = statement(`SELECT ${EVENT_COLUMNS} FROM events WHERE id = $1 AND tenant_id = $2`);
const INSERT = statement(`INSERT INTO events (${EVENT_COLUMNS})
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::bigint[], $7::text[])`);

export function appendEvents(events: readonly NewEvent[]): readonly Call[] {
  if (events.length === 0) return [];
  const rows = events.map(({ id, tenantId, type, verificationId, messageId, atMs, data }) => [
    id,
    tenantId,
    type,
    verificationId ?? null,
    messageId ?? null,
    atMs,
    JSON.stringify(data),
  ]);
  const deliveries = events.flatMap((event) => event.deliveries ?? []);
  const insert = call(INSERT, ...columnsOf(rows, 7));
  return deliveries.length === 0 ? [insert] : [insert, insertDeliveries(deliveries)];
}
