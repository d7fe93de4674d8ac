/** Events of one connection: appended, never changed. */
import type { DatabaseSync } from 'node:sqlite';
import type { Event } from '../../core/events.ts';
import { prepareCommand } from './prepare.ts';

export const EVENT_COLUMNS = 'id, tenant_id, type, verification_id, message_id, at_ms, data';
const INSERT = `INSERT INTO events (${EVENT_COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)`;

export type AppendEvents = (events: readonly Event[]) => void;

export function createAppendEvents(database: DatabaseSync): AppendEvents {
  const insert = prepareCommand(database, INSERT);
  return (events) => {
    for (const { id, tenantId, type, verificationId, messageId, atMs, data } of events) {
      insert(id, tenantId, type, verificationId ?? null, messageId ?? null, atMs, JSON.stringify(data));
    }
  };
}
