/** Ids that begin anew with every second, or a counter that stands still. */
import type { Misbehaviour } from './misbehaviour.ts';
import { receiptFor } from './misbehaviour.ts';

export const sameIdForAll: Misbehaviour = {
  name: 'same-id-for-all',
  what: 'accepts all submits under one message id',
  expected: { bind: 'accepted', submit: 'accepted', session: 'survives', deliveries: 3 },
  play: (wire) => {
    wire.onPdu((pdu) => {
      if (pdu.command !== 'submit_sm') {
        wire.answer(pdu);
        return;
      }
      const fields = { messageId: 'same' };
      wire.send({ command: 'submit_sm_resp', sequence: pdu.sequence, fields }, receiptFor(wire, 'same'));
    });
  },
};
