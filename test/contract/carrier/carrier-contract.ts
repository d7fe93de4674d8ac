/**
 * What every carrier must do, whatever network it speaks to. It drives a carrier against a far end that the caller
 * provides (a simulator, a fake server, or the carrier itself where it is one), and knows nothing of wire formats.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CHANNELS } from '../../../src/core/channel.ts';
import type { Receipt, ReceiptState, SubmitOutcome } from '../../../src/core/delivery.ts';
import {
  type CarrierDestinations,
  type CreateCarrierUnderTest,
  RIG_CODE,
  useCarrierRig,
} from './carrier-rig.ts';

export interface ContractOptions {
  /** False for a network that says nothing after it has accepted a message, such as e-mail. */
  readonly hasReceipts?: boolean;
}

/** @param create makes a fresh carrier and far end for one test */
export function runCarrierContract(
  name: string,
  create: CreateCarrierUnderTest,
  { hasReceipts = true }: ContractOptions = {},
): void {
  describe(`${name} keeps the carrier contract`, () => {
    describe('outcomes', () => outcomeTests(create));
    describe('giving up', () => abortTests(create));
    if (hasReceipts) describe('receipts', () => receiptTests(create));
    describe('health and end', () => lifeTests(create));
  });
}

function outcomeTests(create: CreateCarrierUnderTest): void {
  const rig = useCarrierRig(create);

  it('says what it is and what it serves', () => {
    const { carrier, channel } = rig.subject();
    assert.notEqual(carrier.id, '');
    assert.match(carrier.kind, /^[a-z0-9]+$/);
    assert.ok(carrier.channels.includes(channel));
    for (const served of carrier.channels) assert.ok(CHANNELS.includes(served));
    assert.equal(typeof carrier.isSimulated, 'boolean');
  });

  it('an accepted submit names at least one carrier message id', async () => {
    const ids = acceptedIds(await rig.submit('delivered'));
    assert.ok(ids.length > 0);
    for (const id of ids) assert.notEqual(id, '');
  });

  it('no two submits share a carrier message id, not even two of the same message', async () => {
    const message = rig.message('delivered');
    const outcomes = [await rig.send(message), await rig.send(message), await rig.submit('delivered')];
    const ids = outcomes.flatMap(acceptedIds);
    assert.equal(new Set(ids).size, ids.length);
  });

  it('submits at once do not get in each other’s way', async () => {
    const outcomes = await Promise.all([
      ...Array.from({ length: 8 }, () => rig.submit('delivered')),
      ...Array.from({ length: 8 }, () => rig.submit('refusedForGood')),
    ]);
    const kinds = outcomes.map((outcome) => outcome.kind);
    assert.deepEqual(kinds, [...Array(8).fill('accepted'), ...Array(8).fill('refused')]);
  });

  it('a destination that the network does not serve is refused for good', async () => {
    const outcome = await rig.submit('refusedForGood');
    assert.ok(outcome.kind === 'refused');
    assert.equal(outcome.permanent, true);
    assertReason(outcome.reason);
  });

  it('a network that cannot take the message now refuses it for now', async () => {
    const outcome = await rig.submit('refusedForNow');
    assert.ok(outcome.kind === 'refused');
    assert.equal(outcome.permanent, false);
    assertReason(outcome.reason);
    if (outcome.retryAfterMs !== undefined) assert.ok(outcome.retryAfterMs >= 0);
  });
}

function abortTests(create: CreateCarrierUnderTest): void {
  const rig = useCarrierRig(create);

  it('a submit given up before it began does not reject and is not accepted', async () => {
    const outcome = await rig.send(rig.message('delivered'), AbortSignal.abort());
    assertMayBeTriedAgain(outcome);
  });

  it('a submit given up while the far end is silent is unknown, because it may have left', async () => {
    const givenUp = new AbortController();
    const submit = rig.start(rig.message('silent'), givenUp.signal);
    await rig.turn(5);
    assert.equal(submit.outcome(), undefined, 'it waits until it is given up');
    givenUp.abort();
    const outcome = await submit.settled();
    assert.ok(outcome.kind === 'unknown');
    assertReason(outcome.reason);
  });

  it('a silent destination does not block the next one', async () => {
    const givenUp = new AbortController();
    const silent = rig.start(rig.message('silent'), givenUp.signal);
    assert.equal((await rig.submit('delivered')).kind, 'accepted');
    givenUp.abort();
    await silent.settled();
  });
}

function receiptTests(create: CreateCarrierUnderTest): void {
  const rig = useCarrierRig(create);

  const outcomes = [
    ['delivered', ['delivered']],
    ['undelivered', ['failed', 'expired']],
  ] as const satisfies readonly [keyof CarrierDestinations, readonly ReceiptState[]][];
  for (const [destination, finals] of outcomes) {
    it(`a message that is ${destination} is reported as ${finals.join(' or ')}, under its own ids`, async () => {
      const ids = acceptedIds(await rig.submit(destination));
      const isFinal = (receipt: Receipt) => finals.some((state) => state === receipt.state);
      await rig.until(() =>
        ids.every((id) => rig.receipts().some((r) => r.carrierMessageId === id && isFinal(r))),
      );
      for (const receipt of rig.receipts()) {
        assert.equal(receipt.carrier, rig.subject().carrier.id);
        assert.ok(ids.includes(receipt.carrierMessageId));
        assert.ok(isFinal(receipt) || receipt.state === 'accepted');
        assert.ok(Math.abs(rig.subject().nowMs() - receipt.receivedAtMs) < 600_000, 'stamped by the clock');
      }
    });
  }

  it('a sink that rejects breaks nothing: later receipts come, and submits go on', async () => {
    rig.refuseReceipts(true);
    const first = acceptedIds(await rig.submit('delivered'));
    await rig.until(() => rig.refusedReceiptCount() > 0);
    rig.refuseReceipts(false);
    const second = acceptedIds(await rig.submit('delivered'));
    const isDelivered = (id: string) =>
      rig.receipts().some((r) => r.carrierMessageId === id && r.state === 'delivered');
    await rig.until(() => second.every(isDelivered));
    assert.notDeepEqual(first, second);
    assert.notEqual(rig.subject().carrier.health().state, 'down');
  });
}

function lifeTests(create: CreateCarrierUnderTest): void {
  const rig = useCarrierRig(create);

  it('is healthy after an accepted submit', async () => {
    await rig.submit('delivered');
    assert.equal(rig.subject().carrier.health().state, 'up');
  });

  it('dispose settles what is under way, leaves no timer, and may be called again', async () => {
    const { carrier, pendingTimers } = rig.subject();
    await rig.submit('delivered');
    const silent = rig.start(rig.message('silent'), new AbortController().signal);
    await rig.turn(1);
    await carrier[Symbol.asyncDispose]();
    assertMayBeTriedAgain(await silent.settled());
    assert.equal(pendingTimers(), 0);
    await carrier[Symbol.asyncDispose]();
    assert.equal(pendingTimers(), 0);
  });

  it('after dispose it is down, refuses for now or does not know, and sends no receipt', async () => {
    const { carrier } = rig.subject();
    await rig.submit('delivered');
    await carrier[Symbol.asyncDispose]();
    const received = rig.receipts().length;
    assert.equal(carrier.health().state, 'down');
    const outcome = await rig.submit('delivered');
    assertMayBeTriedAgain(outcome);
    await rig.turn(20);
    assert.equal(rig.receipts().length, received);
  });
}

function acceptedIds(outcome: SubmitOutcome): readonly string[] {
  assert.ok(outcome.kind === 'accepted', `expected an accepted submit, got ${JSON.stringify(outcome)}`);
  return outcome.carrierMessageIds;
}

/** Neither sent nor hopeless: another carrier or a later try may serve the message. */
function assertMayBeTriedAgain(outcome: SubmitOutcome): void {
  assert.ok(outcome.kind === 'unknown' || (outcome.kind === 'refused' && !outcome.permanent), outcome.kind);
  assertReason(outcome.reason);
}

/** Reasons go into logs and timelines, so they are plain words and hold nothing of the message. */
function assertReason(reason: string): void {
  assert.match(reason, /^[a-z0-9]+(?:-[a-z0-9]+)*$/);
  assert.ok(!reason.includes(RIG_CODE));
}
