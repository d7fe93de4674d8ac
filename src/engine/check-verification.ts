import { type CodeForm, parseAnyCode, parseCode } from '../core/code.ts';
import { EngineError } from '../core/errors.ts';
import type { EventType } from '../core/events.ts';
import { countFailure, type FailureBudget, refundFailures } from '../core/failure-budget.ts';
import type { Principal } from '../core/principal.ts';
import {
  type CheckOutcomeKind,
  checksLeft,
  decideCheck,
  settleCheck,
  type TerminalState,
  type Verification,
} from '../core/verification.ts';
import type { NewEvent } from '../core/webhook.ts';
import type { CheckCommand } from './commands.ts';
import { aboutVerification, type EngineContext, makeEvent, noteCanceled } from './context.ts';
import type { CheckReply } from './engine.ts';
import { assertBudgetOpen } from './limits.ts';
import type { CheckSnapshot, Transaction } from './ports.ts';
import { idOrNone, notFound } from './read-verifications.ts';
import { openTo, toVerificationView } from './views.ts';

interface Checked {
  readonly outcome: CheckOutcomeKind;
  readonly verification: Verification;
  readonly events: readonly NewEvent[];
}

/**
 * Count, compare, settle, in one transaction that holds the verification and its recipient's budget locked: of any
 * number of checks at once no more than the allowed ones are compared, and one at most approves. Should settling
 * fail, the count is written in a transaction of its own before the error goes out.
 */
export async function checkVerification(
  context: EngineContext,
  principal: Principal,
  command: CheckCommand,
): Promise<CheckReply> {
  const typed = assertCode(command.code);
  const id = idOrNone(command.verificationId);
  const { outcome, verification, events } = await runCheck(context, principal, id, typed);
  context.announce(events);
  const nowMs = context.clock();
  return {
    outcome,
    checksLeft: checksLeft(verification, nowMs),
    verification: toVerificationView(verification, openTo(verification, context.keyring), undefined, nowMs),
  };
}

/** A simulated phone proves nothing to a live key, and what a live key began is not for a test key to guess at. */
async function runCheck(
  context: EngineContext,
  principal: Principal,
  id: string,
  typed: string,
): Promise<Checked> {
  const { keyring } = context;
  const tenantId = principal.tenant.id;
  let isCounted = false;
  try {
    return await context.store.transaction(async (tx) => {
      isCounted = false;
      const nowMs = context.clock();
      const snapshot = await tx.loadCheck(tenantId, id);
      if (snapshot?.verification.mode !== principal.mode) throw notFound();
      const decision = decideCheck(snapshot.verification, nowMs);
      if (decision.kind === 'answer') {
        return answer(context, tx, snapshot.verification, decision.outcome, decision.settleAs, nowMs);
      }
      const code = parseCode(typed, formOf(snapshot.verification));
      if (code === undefined) throw notACode();
      assertBudgetOpen(snapshot.budget, nowMs);
      const counted = await count(tx, snapshot, nowMs);
      isCounted = true;
      return settle(
        context,
        tx,
        counted,
        snapshot.budget,
        keyring.matchesCode(counted.id, code, counted.codeHash),
        nowMs,
      );
    });
  } catch (error) {
    if (isCounted) await countAlone(context, tenantId, id);
    throw error;
  }
}

function formOf({ details }: Verification): CodeForm {
  return { alphabet: details.policy.codeAlphabet, length: details.policy.codeLength };
}

/** As typed, without separators. @throws EngineError `invalid_request` for what could be no verification's code */
export function assertCode(code: unknown): string {
  const typed = parseAnyCode(code);
  if (typed === undefined) throw notACode();
  return typed;
}

/** What cannot be the code is no guess: it is told from one before anything is counted. */
export function notACode(): EngineError {
  return new EngineError('invalid_request', 'This is not a code.', { field: 'code' });
}

async function count(
  tx: Transaction,
  { verification, budget }: CheckSnapshot,
  nowMs: number,
): Promise<Verification> {
  const checkCount = verification.checkCount + 1;
  await tx.countCheck({
    tenantId: verification.tenantId,
    recipientId: verification.recipientId,
    verificationId: verification.id,
    checkCount,
    budget: countFailure(budget, nowMs),
  });
  return { ...verification, checkCount };
}

/** The transaction that compared was lost with its count; a guess must not be free for that. */
async function countAlone(context: EngineContext, tenantId: string, id: string): Promise<void> {
  await context.store.transaction(async (tx) => {
    const nowMs = context.clock();
    const snapshot = await tx.loadCheck(tenantId, id);
    if (snapshot && decideCheck(snapshot.verification, nowMs).kind === 'compare')
      await count(tx, snapshot, nowMs);
  });
}

async function settle(
  context: EngineContext,
  tx: Transaction,
  counted: Verification,
  budgetBefore: FailureBudget | undefined,
  isMatch: boolean,
  nowMs: number,
): Promise<Checked> {
  const { outcome, state } = settleCheck(counted, isMatch);
  const events = [
    ...(isMatch ? [] : [eventOf(context, 'verification.check_failed', counted, nowMs)]),
    ...(state === 'pending' ? [] : [eventOf(context, `verification.${state}`, counted, nowMs)]),
  ];
  const canceled = await tx.settleCheck({
    tenantId: counted.tenantId,
    recipientId: counted.recipientId,
    settle: state === 'pending' ? undefined : { verificationId: counted.id, state, settledAtMs: nowMs },
    refund: isMatch ? { budget: refundFailures(budgetBefore, counted.checkCount - 1) } : undefined,
    events,
  });
  const settledAtMs = state === 'pending' ? undefined : nowMs;
  const verification = { ...counted, state, settledAtMs };
  return {
    outcome,
    verification,
    events: [...events, ...(await noteCanceled(context, tx, counted, canceled, nowMs))],
  };
}

async function answer(
  context: EngineContext,
  tx: Transaction,
  verification: Verification,
  outcome: CheckOutcomeKind,
  settleAs: TerminalState | undefined,
  nowMs: number,
): Promise<Checked> {
  if (!settleAs) return { outcome, verification, events: [] };
  const events = [eventOf(context, `verification.${settleAs}`, verification, nowMs)];
  const canceled = await tx.settleCheck({
    tenantId: verification.tenantId,
    recipientId: verification.recipientId,
    settle: { verificationId: verification.id, state: settleAs, settledAtMs: nowMs },
    events,
  });
  const settled = { ...verification, state: settleAs, settledAtMs: nowMs };
  return {
    outcome,
    verification: settled,
    events: [...events, ...(await noteCanceled(context, tx, settled, canceled, nowMs))],
  };
}

function eventOf(
  context: EngineContext,
  type: EventType,
  verification: Verification,
  nowMs: number,
): NewEvent {
  return makeEvent(context, type, aboutVerification(verification), nowMs, {
    checkCount: verification.checkCount,
  });
}
