/**
 * Lists, newest first, over the reading connection. What grows without bound is read by ranges of an index only:
 * where a list may be narrowed by state or type, each of these has its own run, and the runs are merged here.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { Message } from '../../core/delivery.ts';
import { EVENT_TYPES, type Event } from '../../core/events.ts';
import type { Verification, VerificationState } from '../../core/verification.ts';
import type { EventFilter, MessageFilter, Page, VerificationFilter } from '../../engine/ports.ts';
import { MESSAGE_COLUMNS, VERIFICATION_COLUMNS } from '../row-values.ts';
import {
  type EventRow,
  type MessageRow,
  toEvent,
  toMessage,
  toVerification,
  type VerificationRow,
} from '../rows.ts';
import { EVENT_COLUMNS } from './events.ts';
import { prepareQuery } from './prepare.ts';
import { FIND_PENDING } from './verifications.ts';

const STATES: readonly VerificationState[] = ['pending', 'approved', 'expired', 'locked', 'canceled'];
/** Nobody keeps verifications for more than three years; bounds the days that a list of a recipient looks at. */
const DAYS_MAX = 1_100;

const VERIFICATIONS_BY_STATE = `SELECT seq, ${VERIFICATION_COLUMNS} FROM verifications
  WHERE tenant_id = ?1 AND state = ?2 AND seq < ?3 ORDER BY seq DESC LIMIT ?4`;
const DAYS_BACK = `WITH RECURSIVE
    bounds(newest, oldest) AS (
      SELECT (SELECT max(created_at_ms / 86400000) FROM verifications),
             (SELECT min(created_at_ms / 86400000) FROM verifications)),
    days(day) AS (
      SELECT newest FROM bounds WHERE newest IS NOT NULL
      UNION ALL
      SELECT day - 1 FROM days, bounds WHERE day > max(oldest, newest - ${DAYS_MAX}))`;
const VERIFICATIONS_BY_RECIPIENT = `${DAYS_BACK}
  SELECT seq, ${VERIFICATION_COLUMNS} FROM days CROSS JOIN verifications
  WHERE created_at_ms / 86400000 = day AND recipient_id = ?2 AND tenant_id = ?1
    AND (?5 IS NULL OR state = ?5) AND seq < ?3
  ORDER BY seq DESC LIMIT ?4`;
const NEWEST_VERIFICATION = `${DAYS_BACK}
  SELECT ${VERIFICATION_COLUMNS} FROM days CROSS JOIN verifications
  WHERE created_at_ms / 86400000 = day AND recipient_id = ?1 AND purpose = ?2 AND tenant_id = ?3
  ORDER BY seq DESC LIMIT 1`;
const MESSAGES_BY_TENANT = `SELECT seq, ${MESSAGE_COLUMNS} FROM messages
  WHERE tenant_id = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3`;
const MESSAGES_BY_VERIFICATION = `SELECT seq, ${MESSAGE_COLUMNS} FROM messages
  WHERE verification_id = ?4 AND tenant_id = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3`;
const EVENTS_BY_TYPE = `SELECT seq, ${EVENT_COLUMNS} FROM events
  WHERE tenant_id = ?1 AND type = ?2 AND seq < ?3 ORDER BY seq DESC LIMIT ?4`;
const EVENTS_OF_VERIFICATION = `SELECT seq, ${EVENT_COLUMNS} FROM events
  WHERE coalesce(verification_id, message_id) = ?2 AND verification_id = ?2 AND tenant_id = ?1
    AND (?5 IS NULL OR type = ?5) AND (?6 IS NULL OR message_id = ?6) AND seq < ?3
  ORDER BY seq DESC LIMIT ?4`;
const EVENTS_OF_MESSAGE = `SELECT seq, ${EVENT_COLUMNS} FROM events
  WHERE coalesce(verification_id, message_id) IN (?2, (SELECT verification_id FROM messages WHERE id = ?2))
    AND message_id = ?2 AND tenant_id = ?1 AND (?5 IS NULL OR type = ?5) AND seq < ?3
  ORDER BY seq DESC LIMIT ?4`;

type Sequenced<Row> = Row & { readonly seq: number };

export function createLists(database: DatabaseSync) {
  const before = createBefore(database);
  const verificationsByState = prepareQuery<Sequenced<VerificationRow>>(database, VERIFICATIONS_BY_STATE);
  const verificationsByRecipient = prepareQuery<VerificationRow>(database, VERIFICATIONS_BY_RECIPIENT);
  const pendingVerification = prepareQuery<VerificationRow>(database, FIND_PENDING);
  const newestVerification = prepareQuery<VerificationRow>(database, NEWEST_VERIFICATION);
  const messagesByTenant = prepareQuery<MessageRow>(database, MESSAGES_BY_TENANT);
  const messagesByVerification = prepareQuery<MessageRow>(database, MESSAGES_BY_VERIFICATION);
  const eventsByType = prepareQuery<Sequenced<EventRow>>(database, EVENTS_BY_TYPE);
  const eventsOfVerification = prepareQuery<EventRow>(database, EVENTS_OF_VERIFICATION);
  const eventsOfMessage = prepareQuery<EventRow>(database, EVENTS_OF_MESSAGE);

  return {
    verifications(tenantId: string, filter: VerificationFilter, page: Page): readonly Verification[] {
      const { state, recipientId } = filter;
      const from = before('verifications', page);
      if (recipientId !== undefined) {
        const rows = verificationsByRecipient.all(tenantId, recipientId, from, page.limit, state ?? null);
        return rows.map(toVerification);
      }
      const runs = (state ? [state] : STATES).map(
        (each) => () => verificationsByState.all(tenantId, each, from, page.limit),
      );
      return merge(database, runs, page).map(toVerification);
    },
    newestVerification(tenantId: string, recipientId: string, purpose: string): Verification | undefined {
      const row =
        pendingVerification.first(recipientId, purpose, tenantId) ??
        newestVerification.first(recipientId, purpose, tenantId);
      return row && toVerification(row);
    },
    messages(tenantId: string, { verificationId }: MessageFilter, page: Page): readonly Message[] {
      const from = before('messages', page);
      const rows =
        verificationId === undefined
          ? messagesByTenant.all(tenantId, from, page.limit)
          : messagesByVerification.all(tenantId, from, page.limit, verificationId);
      return rows.map(toMessage);
    },
    events(tenantId: string, filter: EventFilter, page: Page): readonly Event[] {
      const { verificationId, messageId, type } = filter;
      const from = before('events', page);
      if (verificationId !== undefined) {
        const rows = eventsOfVerification.all(
          tenantId,
          verificationId,
          from,
          page.limit,
          type ?? null,
          messageId ?? null,
        );
        return rows.map(toEvent);
      }
      if (messageId !== undefined) {
        return eventsOfMessage.all(tenantId, messageId, from, page.limit, type ?? null).map(toEvent);
      }
      const runs = (type === undefined ? EVENT_TYPES : [type]).map(
        (each) => () => eventsByType.all(tenantId, each, from, page.limit),
      );
      return merge(database, runs, page).map(toEvent);
    },
  };
}

/** Reads all runs from one snapshot, so that a row which changes state meanwhile is in exactly one of them. */
function merge<Row extends { readonly seq: number }>(
  database: DatabaseSync,
  runs: readonly (() => readonly Row[])[],
  page: Page,
): readonly Row[] {
  database.exec('BEGIN');
  try {
    const rows = runs.flatMap((run) => run());
    return rows.sort((a, b) => b.seq - a.seq).slice(0, page.limit);
  } finally {
    database.exec('COMMIT');
  }
}

type ListedTable = 'verifications' | 'messages' | 'events';

/** The place where a page begins: below the last row of the page before, or below where it was if it is gone. */
function createBefore(database: DatabaseSync): (table: ListedTable, page: Page) => number {
  const prepare = (table: ListedTable) =>
    prepareQuery<{ readonly seq: number | null }>(
      database,
      `SELECT coalesce(
         (SELECT seq FROM ${table} WHERE id = ?1),
         (SELECT seq + 1 FROM ${table} WHERE id < ?1 ORDER BY id DESC LIMIT 1)) AS seq`,
    );
  const statements = {
    verifications: prepare('verifications'),
    messages: prepare('messages'),
    events: prepare('events'),
  };
  return (table, { beforeId }) => {
    if (beforeId === undefined) return Number.MAX_SAFE_INTEGER;
    return statements[table].first(beforeId)?.seq ?? 0;
  };
}
