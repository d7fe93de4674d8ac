/** Events of one connection: appended, never changed, with the deliveries that they carry. */
import type { DatabaseSync } from 'node:sqlite';
import type { NewEvent } from '../../core/webhook.ts';
import { prepareCommand } from './prepare.ts';
import type { DeliveryTable } from './webhook-deliveries.ts';

export const EVENT_COLUMNS = 'id, tenant_id, type, verification_id, message_id, at_ms, data';
const INSERT = `INSERT INTO events (${EVENT_COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)`;

export type AppendEvents = (events: readonly NewEvent[]) => void;

export function createAppendEvents(database: DatabaseSync, deliveryTable: DeliveryTable): AppendEvents {
  const insert = prepareCommand(database, INSERT);
  return (events) => {
    for (const { id, tenantId, type, verificationId, messageId, atMs, data, deliveries } of events) {
      insert(id, tenantId, type, verificationId ?? null, messageId ?? null, atMs, JSON.stringify(data));
      for (const delivery of deliveries ?? []) deliveryTable.insert(delivery);
    }
  };
}
