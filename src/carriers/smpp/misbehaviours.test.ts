// Every misbehaving SMSC against the carrier, in memory and with time moved by hand: each submit has the outcome that the engine should
// act on, no receipt is acknowledged that was not stored, what runs at once is bounded, and traffic returns when the SMSC is well.
import assert from 'node:assert/strict';
import type { Duplex } from 'node:stream';
import { describe, it } from 'node:test';
import { type Expectation, type Misbehaviour, Wire } from '../../../test/simulators/smsc/misbehaviour.ts';
import { MISBEHAVIOURS } from '../../../test/simulators/smsc/registry.ts';
import { createCountingMetrics } from '../../../test/support/counting-metrics.ts';
import { createManualTimers } from '../../../test/support/manual-timers.ts';
import { createSmppCarrierRig } from '../../../test/support/smpp-carrier-rig.ts';
import type { SubmitOutcome } from '../../core/delivery.ts';
import { commandStatusOf } from '../../smpp/command-status.ts';
import { PduFramer } from '../../smpp/framing.ts';
import { decodePdu } from '../../smpp/pdu.ts';
import { createSmsc } from '../../smsc/smsc.ts';
import { reasonOfStatus } from './submit-answer.ts';

const SUBMITS = 3;
const SINK_RUNNING_MAX = 50;
/** Long enough for late answers, for three link checks to go unanswered, and for the longest pause between binds. */
const AFTERMATH_MS = 200_000;
const DELIVERIES = 'otpost_smpp_deliveries_total';

function setUp(misbehaviour: Misbehaviour) {
  const wires = createManualTimers();
  const metrics = createCountingMetrics();
  const answers = { taken: 0, notTaken: 0 };
  const tap = (stream: Duplex) => {
    const framer = new PduFramer();
    stream.on('data', (chunk: Buffer) => {
      framer.push(chunk);
      for (let frame = framer.next(); frame !== undefined; frame = framer.next()) {
        const { command, status } = decodePdu(frame);
        if (command !== 'deliver_sm_resp') continue;
        if (status === 0) answers.taken++;
        else answers.notTaken++;
      }
    });
  };
  const rig = createSmppCarrierRig(
    (stream) => {
      tap(stream);
      misbehaviour.play(new Wire(stream, wires));
    },
    { metrics },
  );
  const sink = { offered: 0, running: 0, runningMax: 0 };
  rig.sink = async (receipt) => {
    sink.offered++;
    sink.running++;
    sink.runningMax = Math.max(sink.runningMax, sink.running);
    await Promise.resolve();
    sink.running--;
    if (sink.offered === 1) throw new Error('the disk is full');
    rig.receipts.push(receipt);
  };
  const advance = async (ms: number) => {
    for (let moved = 0; moved < ms; moved += 1_000) {
      await wires.advance(1_000);
      await rig.clock.advance(1_000);
    }
  };
  async function finish<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    work.finally(() => {
      isDone = true;
    });
    await wires.advance(0);
    for (let step = 0; !isDone; step++) {
      assert.ok(step < 120, 'it never ended');
      await advance(1_000);
    }
    return work;
  }
  return { rig, wires, metrics, answers, sink, advance, finish };
}

function assertExpected(outcome: SubmitOutcome, { bind, submit, status }: Expectation): void {
  if (bind !== 'accepted') {
    assert.deepEqual(outcome, { kind: 'refused', reason: 'not-connected', permanent: false });
    return;
  }
  assert.equal(outcome.kind, submit);
  if (outcome.kind === 'accepted') assert.ok(outcome.carrierMessageIds.every((id) => id !== ''));
  if (outcome.kind !== 'refused' || status === undefined) return;
  const { class: statusClass } = commandStatusOf(status);
  assert.equal(outcome.reason, reasonOfStatus(status));
  assert.equal(outcome.permanent, statusClass === 'permanent');
  assert.equal(outcome.isThrottled === true, statusClass === 'throttled');
}

describe('the smpp carrier meets an SMSC that', () => {
  for (const misbehaviour of MISBEHAVIOURS) {
    const { what, expected } = misbehaviour;
    it(what, async () => {
      const { rig, metrics, answers, sink, advance, finish } = setUp(misbehaviour);
      const outcomes = await finish(Promise.all(Array.from({ length: SUBMITS }, () => rig.send())));
      for (const outcome of outcomes) assertExpected(outcome, expected);
      const ids = outcomes.flatMap((outcome) =>
        outcome.kind === 'accepted' ? outcome.carrierMessageIds : [],
      );
      assert.equal(new Set(ids).size, ids.length, 'no two messages share an id');

      await advance(AFTERMATH_MS);
      if (expected.bind === 'accepted' && expected.session === 'survives') {
        assert.equal(rig.connections.length, 1);
      } else assert.ok(rig.connections.length > 1, 'it connects anew');

      const count = (outcome: string) => metrics.valueOf(DELIVERIES, 'main', outcome);
      assert.equal(rig.receipts.length, count('receipt'));
      assert.equal(answers.notTaken, count('receipt-not-stored'));
      const acknowledged = count('receipt') + count('receipt-ambiguous');
      assert.equal(answers.taken, acknowledged + count('receipt-unreadable') + count('text'));
      assert.ok(sink.runningMax <= SINK_RUNNING_MAX, `${sink.runningMax} receipts were stored at once`);
      if (expected.deliveries !== undefined)
        assert.equal(answers.taken + answers.notTaken, expected.deliveries);

      const smscTimers = createManualTimers();
      const smsc = createSmsc({ timers: smscTimers, enquireLinkIntervalMs: 0 });
      rig.accept = smsc.accept;
      for (const connection of rig.connections) connection.destroy();
      await advance(61_000);
      assert.equal(rig.carrier.health().state, 'up');
      assert.equal((await finish(rig.send())).kind, 'accepted');

      await finish(Promise.resolve(rig.carrier[Symbol.asyncDispose]()));
      assert.equal(rig.clock.pendingTimers(), 0);
      assert.ok(rig.connections.every(({ destroyed }) => destroyed));
    });
  }
});
