/** Events: appended, never changed, with the deliveries that they carry. */
import type { NewEvent } from '../../core/webhook.ts';
import { type Call, rowsInsert, statement } from './statement.ts';
import { insertDeliveries } from './webhook-deliveries.ts';

export const EVENT_COLUMNS = 'id, tenant_id, type, verification_id, message_id, at_ms, data';
export const FIND_EVENT = statement(`SELECT ${EVENT_COLUMNS} FROM events WHERE id = $1 AND tenant_id = $2`);
const insertEvents = rowsInsert(`events (${EVENT_COLUMNS})`, [
  ...['uuid', 'uuid', 'text', 'uuid', 'uuid', 'bigint', 'text'],
]);

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
  const insert = insertEvents(rows);
  return deliveries.length === 0 ? [insert] : [insert, insertDeliveries(deliveries)];
}
