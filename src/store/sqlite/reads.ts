/** Single rows over the reading connection. */
import type { DatabaseSync } from 'node:sqlite';
import type { Message } from '../../core/delivery.ts';
import type { Event } from '../../core/events.ts';
import type { FailureBudget } from '../../core/failure-budget.ts';
import type { Verification } from '../../core/verification.ts';
import { MESSAGE_COLUMNS } from '../row-values.ts';
import {
  type BudgetRow,
  type EventRow,
  type MessageRow,
  toBudget,
  toEvent,
  toMessage,
  toVerification,
  type VerificationRow,
} from '../rows.ts';
import { FIND_BUDGET } from './allowances.ts';
import { EVENT_COLUMNS } from './events.ts';
import { COUNT_QUEUED } from './messages.ts';
import { prepareQuery } from './prepare.ts';
import { COUNT_PARKED } from './receipts.ts';
import { FIND_VERIFICATION } from './verifications.ts';

const FIND_MESSAGE = `SELECT ${MESSAGE_COLUMNS} FROM messages WHERE id = ?1 AND tenant_id = ?2`;
const FIND_EVENT = `SELECT ${EVENT_COLUMNS} FROM events WHERE id = ?1 AND tenant_id = ?2`;

export function createReads(database: DatabaseSync) {
  const findVerification = prepareQuery<VerificationRow>(database, FIND_VERIFICATION);
  const findMessage = prepareQuery<MessageRow>(database, FIND_MESSAGE);
  const findEvent = prepareQuery<EventRow>(database, FIND_EVENT);
  const findBudget = prepareQuery<BudgetRow>(database, FIND_BUDGET);
  const countQueued = prepareQuery<{ readonly count: number }>(database, COUNT_QUEUED);
  const countParked = prepareQuery<{ readonly count: number }>(database, COUNT_PARKED);

  return {
    findVerification(tenantId: string, id: string): Verification | undefined {
      const row = findVerification.first(id, tenantId);
      return row && toVerification(row);
    },
    findMessage(tenantId: string, id: string): Message | undefined {
      const row = findMessage.first(id, tenantId);
      return row && toMessage(row);
    },
    findEvent(tenantId: string, id: string): Event | undefined {
      const row = findEvent.first(id, tenantId);
      return row && toEvent(row);
    },
    findBudget(tenantId: string, recipientId: string): FailureBudget | undefined {
      const row = findBudget.first(tenantId, recipientId);
      return row && toBudget(row);
    },
    countQueued: () => countQueued.first()?.count ?? 0,
    countParked: () => countParked.first()?.count ?? 0,
  };
}
