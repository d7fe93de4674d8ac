/** The calls that a store is measured with: transactions of the size of a start and of a right check. */
import { randomUUID } from 'node:crypto';
import type { Message, Submission } from '../src/core/delivery.ts';
import type { Event } from '../src/core/events.ts';
import { countFailure } from '../src/core/failure-budget.ts';
import type { Store } from '../src/engine/ports.ts';
import type { StoreFixtures } from '../test/support/store-fixtures.ts';

export interface Started {
  readonly message: Message;
  readonly tenantId: string;
  readonly recipientId: string;
  readonly verificationId: string;
}

export async function start(store: Store, make: StoreFixtures): Promise<Started> {
  // Ids of recipients are hashes of addresses: they come in no order.
  const verification = make.verification({ recipientId: randomUUID() });
  const { tenantId, recipientId, id: verificationId } = verification;
  const message = make.messageOf(verification, {
    lease: { node: 'bench', number: 1, untilMs: make.nowMs + 30_000 },
  });
  const counterKeys = ['10m', 'day'].map((name) => `${tenantId}:${recipientId}:sends-per-recipient-${name}`);
  await store.transaction(async (tx) => {
    const idempotencyKey = message.id;
    await tx.loadSend({ tenantId, recipientId, purpose: 'login', counterKeys, idempotencyKey });
    await tx.saveSend({
      verification,
      message,
      counters: counterKeys.map((key) => ({
        key,
        count: 1,
        startedAtMs: make.nowMs,
        endsAtMs: make.nowMs + 600_000,
      })),
      events: [
        make.event({ tenantId, verificationId }),
        make.event({ tenantId, type: 'message.created', verificationId, messageId: message.id }),
      ],
    });
  });
  return { message, tenantId, recipientId, verificationId };
}

/** A carrier has taken it. */
export async function accept(store: Store, make: StoreFixtures, { message }: Started): Promise<Submission> {
  const { lease, id: messageId } = message;
  if (!lease) throw new Error('written without a lease');
  const submission = make.submission(message);
  const accepted = deliveryEvent(make, message, 'message.accepted');
  await store.transaction(async (tx) => {
    await tx.recordAttempt({
      ...{ messageId, lease, keepsLease: false, state: 'accepted', attemptCount: 1, triedCarriers: [] },
      ...{ carrier: 'main', erasesContent: true, isRefunded: false, submissions: [submission] },
      ...{ updatedAtMs: make.nowMs, events: [accepted] },
    });
    await tx.takeParkedReceipts('main', [submission.carrierMessageId]);
  });
  return submission;
}

/** And says that it is delivered. */
export async function receive(
  store: Store,
  make: StoreFixtures,
  { message }: Started,
  { carrier, carrierMessageId }: Submission,
): Promise<void> {
  const delivered = deliveryEvent(make, message, 'message.delivered');
  await store.transaction(async (tx) => {
    await tx.loadReceipt(carrier, carrierMessageId);
    await tx.saveReceipt({
      ...{ carrier, carrierMessageId, partState: 'delivered', messageId: message.id },
      ...{ messageState: 'delivered', updatedAtMs: make.nowMs, events: [delivered] },
    });
  });
}

function deliveryEvent(
  make: StoreFixtures,
  { id: messageId, tenantId, verificationId }: Message,
  type: 'message.accepted' | 'message.delivered',
): Event {
  return make.event({ tenantId, type, verificationId, messageId, data: { carrier: 'main' } });
}

export async function check(store: Store, make: StoreFixtures, started: Started): Promise<void> {
  const { tenantId, recipientId, verificationId } = started;
  await store.transaction(async (tx) => {
    const loaded = await tx.loadCheck(tenantId, verificationId);
    if (!loaded) throw new Error('lost a verification');
    const budget = countFailure(loaded.budget, make.nowMs);
    await tx.countCheck({ tenantId, recipientId, verificationId, checkCount: 1, budget });
    await tx.settleCheck({
      tenantId,
      recipientId,
      settle: { verificationId, state: 'approved', settledAtMs: make.nowMs },
      refund: { budget: loaded.budget },
      events: [make.event({ tenantId, type: 'verification.approved', verificationId })],
    });
  });
}

/** Keeps `waiting` calls under way until the time is over; resolves to calls per second and their latencies. */
export async function measure(runMs: number, waiting: number, call: () => Promise<void> | undefined) {
  const latenciesMs: number[] = [];
  const beganAt = performance.now();
  const work = async () => {
    while (performance.now() - beganAt < runMs) {
      const calledAt = performance.now();
      const called = call();
      if (!called) return;
      await called;
      latenciesMs.push(performance.now() - calledAt);
    }
  };
  await Promise.all(Array.from({ length: waiting }, work));
  const seconds = (performance.now() - beganAt) / 1000;
  latenciesMs.sort((a, b) => a - b);
  const at = (share: number) => (latenciesMs[Math.floor(latenciesMs.length * share)] ?? 0).toFixed(2);
  return {
    'per second': Math.round(latenciesMs.length / seconds),
    'p50 ms': at(0.5),
    'p99 ms': at(0.99),
    'max ms': at(0.9999),
  };
}
