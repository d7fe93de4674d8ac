/** The SMPP carrier with our simulator on one clock, and SMSCs that answer by script. */
import assert from 'node:assert/strict';
import type { Duplex } from 'node:stream';
import type { Pdu } from '../../src/smpp/pdu.ts';
import { createSmsc } from '../../src/smsc/smsc.ts';
import type { SmscOptions } from '../../src/smsc/smsc-options.ts';
import { Wire } from '../simulators/smsc/misbehaviour.ts';
import { createManualClock } from './manual-clock.ts';
import { createManualTimers } from './manual-timers.ts';
import { createSmppCarrierRig, type RigOptions, type SmppCarrierRig } from './smpp-carrier-rig.ts';

/** The simulator on the carrier's clock: one timeline for both. @param first who takes the first connection instead */
export function setUpSmpp(
  options: RigOptions = {},
  smscOptions: SmscOptions = {},
  first?: (stream: Duplex) => void,
) {
  const clock = createManualClock();
  const timers = {
    now: clock.now,
    setTimeout: clock.timers.setTimeout,
    clearTimeout: (handle: unknown) => clock.timers.clearTimeout(handle as never),
  };
  const smsc = createSmsc({ timers, clock: clock.now, enquireLinkIntervalMs: 0, ...smscOptions });
  let connections = 0;
  const accept = (stream: Duplex) => {
    connections += 1;
    if (connections === 1 && first) first(stream);
    else smsc.accept(stream);
  };
  const rig = createSmppCarrierRig(accept, { ...options, clock });
  return { smsc, rig, clock };
}

/** An SMSC that answers each submit with the next of these statuses, and over again. */
export function answering(...statuses: readonly number[]) {
  const submits: Pdu<'submit_sm'>[] = [];
  const accept = (stream: Duplex) => {
    const wire = new Wire(stream, createManualTimers());
    wire.onPdu((pdu) => {
      if (pdu.command !== 'submit_sm') return wire.answer(pdu);
      const status = statuses[submits.length % statuses.length] ?? 0;
      submits.push(pdu);
      if (status === 0) wire.answer(pdu);
      else wire.send({ command: 'submit_sm_resp', sequence: pdu.sequence, status });
    });
  };
  return { accept, submits };
}

export async function whenUp(rig: SmppCarrierRig): Promise<void> {
  for (let turn = 0; turn < 50 && rig.carrier.health().state !== 'up'; turn++) await rig.clock.settle();
  assert.equal(rig.carrier.health().state, 'up');
}
