/** A receipt of another client’s message, or of one sent before the database was lost. */
import type { Misbehaviour } from './misbehaviour.ts';
import { receiptFor } from './misbehaviour.ts';

export const receiptForUnknownId: Misbehaviour = {
  name: 'receipt-for-unknown-id',
  what: 'reports messages that nobody sent',
  expected: { bind: 'accepted', submit: 'accepted', session: 'survives', deliveries: 3 },
  play: (wire) => {
    wire.onPdu((pdu) => {
      if (pdu.command !== 'submit_sm') {
        wire.answer(pdu);
        return;
      }
      wire.answer(pdu);
      wire.send(receiptFor(wire, 'nobody-sent-this'));
    });
  },
};
