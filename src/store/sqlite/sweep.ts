/** The sweep's bounded steps. Each finds what it works on by an index or at the old end of a table, never by a scan. */
import type { DatabaseSync } from 'node:sqlite';
import type { StaleLimits, SweepStore } from '../../engine/ports.ts';
import { idFloor } from './id-floor.ts';
import { type Command, prepareCommand } from './prepare.ts';
import { settleAndRefund, type Tables } from './transaction.ts';

// Ids are UUIDv7, so the old ones are a range of the index on ids; see `idFloor`.
const DELETE_VERIFICATIONS = `DELETE FROM verifications WHERE seq IN (
  SELECT seq FROM verifications WHERE id < ?1 AND created_at_ms < ?2 AND state <> 'pending' ORDER BY id LIMIT ?3)`;
const DELETE_MESSAGES = `DELETE FROM messages WHERE seq IN (
  SELECT seq FROM messages WHERE id < ?1 AND created_at_ms < ?2 AND state NOT IN ('queued', 'accepted')
  ORDER BY id LIMIT ?3)`;
const DELETE_DELIVERIES = `DELETE FROM webhook_deliveries WHERE seq IN (
  SELECT seq FROM webhook_deliveries WHERE id < ?1 AND created_at_ms < ?2 AND state <> 'pending' ORDER BY id LIMIT ?3)`;
const DELETE_REQUEST_ENDPOINTS = `DELETE FROM webhook_endpoints WHERE id IN (
  SELECT id FROM webhook_endpoints WHERE kind = 'request' AND updated_at_ms < ?1 ORDER BY updated_at_ms LIMIT ?2)`;
const DELETE_EVENTS = deleteFromOldEnd('events', 'at_ms');
const DELETE_SUBMISSIONS = deleteFromOldEnd('submissions', 'submitted_at_ms');
const DELETE_PARKED = deleteFromOldEnd('parked_receipts', 'received_at_ms');
const DELETE_IDEMPOTENCY = deleteFromOldEnd('idempotency', 'created_at_ms');
const DELETE_COUNTERS = `DELETE FROM counters WHERE key IN (
  SELECT key FROM counters WHERE ends_at_ms <= ?1 ORDER BY ends_at_ms LIMIT ?2)`;
const DELETE_BUDGETS = `DELETE FROM failure_budgets WHERE (tenant_id, recipient_id) IN (
  SELECT tenant_id, recipient_id FROM failure_budgets
  WHERE consecutive = 0 AND max(window_ends_at_ms, blocked_until_ms) <= ?1 LIMIT ?2)`;

/** These rows arrive in the order of their instants and are never unfinished. */
function deleteFromOldEnd(table: string, instant: string): string {
  return `DELETE FROM ${table} WHERE seq IN (
    SELECT seq FROM (SELECT seq, ${instant} AS instant FROM ${table} ORDER BY seq LIMIT ?2) WHERE instant < ?1)`;
}

type SweepSteps = {
  readonly [Step in keyof SweepStore]: (
    ...parameters: Parameters<SweepStore[Step]>
  ) => Awaited<ReturnType<SweepStore[Step]>>;
};

export function createSweep(database: DatabaseSync, tables: Tables): SweepSteps {
  const deleteVerifications = prepareCommand(database, DELETE_VERIFICATIONS);
  const deleteMessages = prepareCommand(database, DELETE_MESSAGES);
  const deleteDeliveries = prepareCommand(database, DELETE_DELIVERIES);
  const deleteRequestEndpoints = prepareCommand(database, DELETE_REQUEST_ENDPOINTS);
  const deleteEvents = prepareCommand(database, DELETE_EVENTS);
  const deleteSubmissions = prepareCommand(database, DELETE_SUBMISSIONS);
  const deleteParked = prepareCommand(database, DELETE_PARKED);
  const deleteIdempotency = prepareCommand(database, DELETE_IDEMPOTENCY);
  const deleteCounters = prepareCommand(database, DELETE_COUNTERS);
  const deleteBudgets = prepareCommand(database, DELETE_BUDGETS);

  return {
    expireVerifications(nowMs, limit, toEvents) {
      const overdue = tables.verifications.findOverdue(nowMs, limit);
      const events = overdue.flatMap((verification) => {
        const settlement = { verificationId: verification.id, state: 'expired', settledAtMs: nowMs } as const;
        const canceled = settleAndRefund(tables, settlement);
        return canceled ? toEvents(verification, canceled) : [];
      });
      tables.appendEvents(events);
      return { count: overdue.length, events };
    },
    closeUnconfirmed(beforeMs, nowMs, limit, toEvent) {
      const messages = tables.messages.findUnconfirmed(beforeMs, limit);
      for (const message of messages) tables.messages.close(message.id, nowMs);
      const events = messages.map(toEvent);
      tables.appendEvents(events);
      return { count: messages.length, events };
    },
    deleteOld(beforeMs, limit) {
      const floor = idFloor(beforeMs);
      return spend(limit, [
        (left) => deleteVerifications(floor, beforeMs, left),
        (left) => deleteMessages(floor, beforeMs, left),
        (left) => deleteSubmissions(beforeMs, left),
        (left) => deleteDeliveries(floor, beforeMs, left),
        (left) => deleteRequestEndpoints(beforeMs, left),
        (left) => deleteEvents(beforeMs, left),
      ]);
    },
    deleteStale({ nowMs, parkedBeforeMs, idempotencyBeforeMs }: StaleLimits, limit) {
      return spend(limit, [
        (left) => deleteCounters(nowMs, left),
        (left) => deleteBudgets(nowMs, left),
        (left) => deleteParked(parkedBeforeMs, left),
        (left) => deleteIdempotency(idempotencyBeforeMs, left),
      ]);
    },
  };
}

/** Runs the steps in turn until together they have done `limit`. */
function spend(limit: number, steps: readonly Command[]): number {
  let done = 0;
  for (const step of steps) {
    if (done < limit) done += step(limit - done);
  }
  return done;
}
