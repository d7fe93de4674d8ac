import { isIP } from 'node:net';
import { EngineError } from '../core/errors.ts';
import { decideBudget, type FailureBudget } from '../core/failure-budget.ts';
import type { KeyMode } from '../core/principal.ts';
import { type Counter, countEvent, counterKey, type Limit } from '../core/rate-limit.ts';

/** Whom a send is counted for. */
export interface SendSubject {
  readonly tenantId: string;
  readonly mode: KeyMode;
  readonly recipientId: string;
  readonly to: string;
  readonly clientIp?: string;
}

/** A limit with the key of its counter for this subject. */
export interface AppliedLimit {
  readonly limit: Limit;
  readonly key: string;
}

/** The limits that apply, in the order in which they are decided. */
export function limitsFor(limits: readonly Limit[], subject: SendSubject): readonly AppliedLimit[] {
  const { tenantId, mode } = subject;
  // What is tried with test keys uses up nothing of what live ones may.
  const counted = mode === 'test' ? `${tenantId}:test` : tenantId;
  return limits.flatMap((limit) => {
    const value = subjectValue(limit, subject);
    return value === undefined ? [] : [{ limit, key: counterKey(limit, counted, value) }];
  });
}

/** Counts one send against every limit, or refuses for the first that is spent. @throws EngineError `limit_exceeded` */
export function countSend(
  applied: readonly AppliedLimit[],
  stored: ReadonlyMap<string, Counter>,
  nowMs: number,
): readonly Counter[] {
  return applied.map(({ limit, key }) => {
    const decision = countEvent(limit, key, stored.get(key), nowMs);
    if (decision.allowed) return decision.counter;
    throw new EngineError('limit_exceeded', 'Too many messages were asked for in too short a time.', {
      limit: limit.name,
      retryAfterSeconds: decision.retryAfterSeconds,
    });
  });
}

/** @throws EngineError `recipient_blocked`, `recipient_disabled` */
export function assertBudgetOpen(budget: FailureBudget | undefined, nowMs: number): void {
  const decision = decideBudget(budget, nowMs);
  if (decision.kind === 'open') return;
  if (decision.kind === 'disabled') {
    throw new EngineError(
      'recipient_disabled',
      'Too many wrong codes in a row were given for this recipient; it stays disabled until it is lifted.',
    );
  }
  throw new EngineError('recipient_blocked', 'Too many wrong codes were given for this recipient.', {
    retryAfterSeconds: decision.retryAfterSeconds,
  });
}

function subjectValue(limit: Limit, subject: SendSubject): string | undefined {
  switch (limit.subject) {
    case 'recipient':
      return subject.recipientId;
    case 'tenant':
      return '';
    case 'prefix':
      return subject.to.startsWith('+')
        ? subject.to.slice(0, 1 + (limit.prefixDigits ?? PREFIX_DIGITS))
        : undefined;
    case 'client-ip':
      return subject.clientIp === undefined ? undefined : networkOf(subject.clientIp);
  }
}

/** Country and operator block of most plans: what a traffic pumper rents at once. */
const PREFIX_DIGITS = 7;

/** One address of IPv4, a /64 of IPv6: what one subscriber can change at will counts as one. */
export function networkOf(address: string): string | undefined {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  const plain = mapped?.[1] ?? address;
  if (isIP(plain) === 4) return plain;
  if (isIP(plain) !== 6) return undefined;
  const hostname = new URL(`http://[${plain.replace(/%.*$/, '')}]`).hostname.slice(1, -1);
  const [head = '', tail = ''] = hostname.split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail === '' ? [] : tail.split(':');
  const zeros = hostname.includes('::') ? Array<string>(8 - groups.length - after.length).fill('0') : [];
  return `${[...groups, ...zeros, ...after].slice(0, 4).join(':')}::/64`;
}
