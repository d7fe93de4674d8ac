/**
 * The bench on which the carrier contract is run: a fresh carrier and far end for each test, and a sink that records.
 * It asserts nothing about carriers; that is carrier-contract.ts.
 */
import assert from 'node:assert/strict';
import { afterEach, beforeEach } from 'node:test';
import type { MessageChannel } from '../../../src/core/channel.ts';
import type { Receipt, SubmitOutcome } from '../../../src/core/delivery.ts';
import type { Carrier, OutboundMessage, ReceiptSink } from '../../../src/engine/ports.ts';

export interface CarrierUnderTest {
  readonly carrier: Carrier;
  readonly channel: MessageChannel;
  readonly destinations: CarrierDestinations;
  /** What the carrier under test takes for now. */
  nowMs(): number;
  /** One step of the far end's time: moves a manual clock, or waits for the next I/O. */
  turn(): Promise<void>;
  /** The carrier's timers that wait, for asserting that none is left behind. */
  pendingTimers(): number;
  /** Ends the far end; the carrier has been disposed of before. */
  close?(): Promise<void>;
}

/** Addresses for which the far end behaves in a known way. */
export interface CarrierDestinations {
  /** Accepted and, by receipt, delivered. */
  readonly delivered: string;
  /** Accepted and, by receipt, failed. */
  readonly undelivered: string;
  readonly refusedForGood: string;
  /** Refused for now, at least at the first try. */
  readonly refusedForNow: string;
  /** The far end takes the submit and never answers. */
  readonly silent: string;
}

export type CreateCarrierUnderTest = (receipts: ReceiptSink) => Promise<CarrierUnderTest>;

/** A submit under way, looked at without waiting for it. */
export interface PendingSubmit {
  outcome(): SubmitOutcome | undefined;
  settled(): Promise<SubmitOutcome>;
}

export interface CarrierRig {
  subject(): CarrierUnderTest;
  /** What the sink took in this test, in order. */
  receipts(): readonly Receipt[];
  /** Receipts offered while the sink refused them. */
  refusedReceiptCount(): number;
  refuseReceipts(refuses: boolean): void;
  message(destination: keyof CarrierDestinations): OutboundMessage;
  start(message: OutboundMessage, signal?: AbortSignal): PendingSubmit;
  send(message: OutboundMessage, signal?: AbortSignal): Promise<SubmitOutcome>;
  /** A new message to this destination, submitted and settled. */
  submit(destination: keyof CarrierDestinations): Promise<SubmitOutcome>;
  /** Turns the far end's time until the condition holds. */
  until(condition: () => boolean): Promise<void>;
  turn(count: number): Promise<void>;
}

/** Stands in every message, so that a test can look for it where it must not be. */
export const RIG_CODE = '483920';
/** Far more than any far end needs: only a carrier that hangs gets there. */
const TURNS_MAX = 2000;

/** Call it inside a `describe`: it registers the hooks that make and end the carrier. */
export function useCarrierRig(create: CreateCarrierUnderTest): CarrierRig {
  let current: CarrierUnderTest | undefined;
  let receipts: Receipt[] = [];
  let refuses = false;
  let refusedCount = 0;
  let messageCount = 0;

  beforeEach(async () => {
    receipts = [];
    refuses = false;
    refusedCount = 0;
    const taken = receipts;
    current = await create(async (receipt) => {
      if (!refuses) taken.push(receipt);
      else {
        refusedCount += 1;
        throw new Error('the sink of this test takes nothing now');
      }
    });
  });
  afterEach(async () => {
    await current?.carrier[Symbol.asyncDispose]();
    await current?.close?.();
    current = undefined;
  });

  const subject = () => {
    assert(current, 'the rig is used inside a test');
    return current;
  };
  const turn = async (count: number) => {
    for (let turned = 0; turned < count; turned += 1) await subject().turn();
  };
  const until = async (condition: () => boolean) => {
    for (let turned = 0; turned < TURNS_MAX && !condition(); turned += 1) await subject().turn();
    assert.ok(condition(), 'what the test waits for has not come about');
  };
  const message = (destination: keyof CarrierDestinations): OutboundMessage => {
    messageCount += 1;
    return {
      id: `00000000-0000-7000-8000-${String(messageCount).padStart(12, '0')}`,
      tenantId: '00000000-0000-7000-8000-00000000000a',
      channel: subject().channel,
      to: subject().destinations[destination],
      body: `Your code is ${RIG_CODE}`,
      code: RIG_CODE,
      ...(subject().channel === 'email' && { subject: 'Your code' }),
      segments: 1,
      notAfterMs: subject().nowMs() + 600_000,
    };
  };
  const start = (sent: OutboundMessage, signal = new AbortController().signal): PendingSubmit => {
    let outcome: SubmitOutcome | undefined;
    let fault: unknown;
    subject()
      .carrier.submit(sent, signal)
      .then(
        (settled) => {
          outcome = settled;
        },
        (error: unknown) => {
          fault = error ?? new Error('rejected with nothing');
        },
      );
    return {
      outcome: () => outcome,
      async settled() {
        await until(() => outcome !== undefined || fault !== undefined);
        assert.equal(fault, undefined, 'submit never rejects');
        assert(outcome);
        return outcome;
      },
    };
  };
  const send = (sent: OutboundMessage, signal?: AbortSignal) => start(sent, signal).settled();
  return {
    subject,
    turn,
    until,
    message,
    start,
    send,
    submit: (destination) => send(message(destination)),
    receipts: () => receipts,
    refusedReceiptCount: () => refusedCount,
    refuseReceipts(isRefusing) {
      refuses = isRefusing;
    },
  };
}
