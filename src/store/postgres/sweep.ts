/** The sweep's bounded steps. Rows that someone else has locked are passed over and left for the next time. */
import type { Message } from '../../core/delivery.ts';
import type { Verification } from '../../core/verification.ts';
import type { DeviceStore } from '../../engine/ports/devices.ts';
import type { StaleLimits, SweepStore, Swept } from '../../engine/ports.ts';
import { type MessageRow, toMessage, toVerification, type VerificationRow } from '../rows.ts';
import { deleteEndedVerifications, deleteExpiredDevices } from './devices.ts';
import { appendEvents } from './events.ts';
import { idFloor } from './id-floor.ts';
import { refundMessages } from './ledger.ts';
import { closeUnconfirmed, findUnconfirmed } from './messages.ts';
import type { Session } from './session.ts';
import { type Call, call, statement } from './statement.ts';
import type { Transactor } from './transactor.ts';
import { expireVerifications, findOverdue, lockPending, type SettledRow } from './verifications.ts';

// Ids are UUIDv7, so the old ones are a range of the index on ids; see `idFloor`.
const deleteOlder = (table: string, key: string, id: string, condition: string) =>
  statement(`DELETE FROM ${table} WHERE (${key}) IN (
  SELECT ${key} FROM ${table} WHERE ${id} < $1 AND ${condition} ORDER BY ${id} LIMIT $3 FOR UPDATE SKIP LOCKED)`);
const DELETE_VERIFICATIONS = deleteOlder(
  'verifications',
  'id',
  'id',
  `created_at_ms < $2 AND state <> 'pending'`,
);
const DELETE_MESSAGES = deleteOlder(
  'messages',
  'id',
  'id',
  `created_at_ms < $2 AND state NOT IN ('queued', 'accepted')`,
);
const DELETE_SUBMISSIONS = deleteOlder(
  'submissions',
  'message_id, carrier, carrier_message_id',
  'message_id',
  'submitted_at_ms < $2',
);
const DELETE_DELIVERIES = deleteOlder(
  'webhook_deliveries',
  'id',
  'id',
  `created_at_ms < $2 AND state <> 'pending'`,
);
const DELETE_EVENTS = deleteOlder('events', 'id', 'id', 'at_ms < $2');
const DELETE_REQUEST_ENDPOINTS = statement(`DELETE FROM webhook_endpoints WHERE id IN (
  SELECT id FROM webhook_endpoints WHERE kind = 'request' AND updated_at_ms < $1
  ORDER BY updated_at_ms LIMIT $2 FOR UPDATE SKIP LOCKED)`);
const DELETE_PARKED = statement(`DELETE FROM parked_receipts WHERE seq IN (
  SELECT seq FROM parked_receipts WHERE received_at_ms < $1 ORDER BY received_at_ms LIMIT $2 FOR UPDATE SKIP LOCKED)`);
const DELETE_IDEMPOTENCY = statement(`DELETE FROM idempotency WHERE (tenant_id, key) IN (
  SELECT tenant_id, key FROM idempotency WHERE created_at_ms < $1
  ORDER BY created_at_ms LIMIT $2 FOR UPDATE SKIP LOCKED)`);
const DELETE_COUNTERS = statement(`DELETE FROM counters WHERE key IN (
  SELECT key FROM counters WHERE ends_at_ms <= $1 ORDER BY ends_at_ms LIMIT $2 FOR UPDATE SKIP LOCKED)`);
const DELETE_BUDGETS = statement(`DELETE FROM failure_budgets WHERE (tenant_id, recipient_id) IN (
  SELECT tenant_id, recipient_id FROM failure_budgets
  WHERE consecutive = 0 AND greatest(window_ends_at_ms, blocked_until_ms) <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)`);

export function createSweep(transactor: Transactor): SweepStore & Pick<DeviceStore, 'deleteStaleDevices'> {
  /** Runs the steps in turn, each a transaction of its own, until together they have done `limit`. */
  const spend = async (limit: number, steps: readonly ((left: number) => Call)[]): Promise<number> => {
    let done = 0;
    for (const step of steps) {
      if (done < limit) done += (await transactor.runAlone(step(limit - done))).rowCount ?? 0;
    }
    return done;
  };

  return {
    expireVerifications: (nowMs, limit, toEvents) =>
      transactor.run((session) => expire(session, nowMs, limit, toEvents)),
    closeUnconfirmed: (beforeMs, nowMs, limit, toEvent) =>
      transactor.run((session) => close(session, { beforeMs, nowMs, limit }, toEvent)),
    deleteOld(beforeMs, limit) {
      const floor = idFloor(beforeMs);
      return spend(limit, [
        (left) => call(DELETE_VERIFICATIONS, floor, beforeMs, left),
        (left) => call(DELETE_MESSAGES, floor, beforeMs, left),
        (left) => call(DELETE_SUBMISSIONS, floor, beforeMs, left),
        (left) => call(DELETE_DELIVERIES, floor, beforeMs, left),
        (left) => call(DELETE_REQUEST_ENDPOINTS, beforeMs, left),
        (left) => call(DELETE_EVENTS, floor, beforeMs, left),
      ]);
    },
    deleteStaleDevices({ nowMs, beforeMs }, limit) {
      return spend(limit, [
        (left) => deleteExpiredDevices(nowMs, left),
        (left) => deleteEndedVerifications(beforeMs, left),
      ]);
    },
    deleteStale({ nowMs, parkedBeforeMs, idempotencyBeforeMs }: StaleLimits, limit) {
      return spend(limit, [
        (left) => call(DELETE_COUNTERS, nowMs, left),
        (left) => call(DELETE_BUDGETS, nowMs, left),
        (left) => call(DELETE_PARKED, parkedBeforeMs, left),
        (left) => call(DELETE_IDEMPOTENCY, idempotencyBeforeMs, left),
      ]);
    },
  };
}

type ToEvents = Parameters<SweepStore['expireVerifications']>[2];
type ToEvent = Parameters<SweepStore['closeUnconfirmed']>[3];

const NOTHING: Swept = { count: 0, events: [] };

async function expire(session: Session, nowMs: number, limit: number, toEvents: ToEvents): Promise<Swept> {
  const overdue = await session.query<VerificationRow>(findOverdue(nowMs, limit));
  if (overdue.length === 0) return NOTHING;
  const locked = await session.query<{ readonly id: string }>(lockPending(overdue.map(({ id }) => id)));
  const ids = locked.map(({ id }) => id);
  const settled = await session.query<SettledRow>(expireVerifications(ids, nowMs));
  const canceled = new Map<string, string[]>(ids.map((id) => [id, []]));
  const charged: string[] = [];
  for (const { verification_id, message_id, was_charged } of settled) {
    if (message_id === null) continue;
    canceled.get(verification_id)?.push(message_id);
    if (was_charged) charged.push(message_id);
  }
  const isExpired = new Set(settled.map(({ verification_id }) => verification_id));
  const expired: readonly Verification[] = overdue.filter(({ id }) => isExpired.has(id)).map(toVerification);
  const events = expired.flatMap((each) => toEvents(each, canceled.get(each.id) ?? []));
  session.defer(...refundMessages(charged, nowMs), ...appendEvents(events));
  return { count: expired.length, events };
}

async function close(
  session: Session,
  { beforeMs, nowMs, limit }: { readonly beforeMs: number; readonly nowMs: number; readonly limit: number },
  toEvent: ToEvent,
): Promise<Swept> {
  const waiting = await session.query<MessageRow>(findUnconfirmed(beforeMs, limit));
  if (waiting.length === 0) return NOTHING;
  const ids = waiting.map(({ id }) => id);
  const closed = await session.query<{ readonly id: string }>(closeUnconfirmed(ids, beforeMs, nowMs));
  const isClosed = new Set(closed.map(({ id }) => id));
  const messages: readonly Message[] = waiting.filter(({ id }) => isClosed.has(id)).map(toMessage);
  const events = messages.map(toEvent);
  session.defer(...appendEvents(events));
  return { count: messages.length, events };
}
