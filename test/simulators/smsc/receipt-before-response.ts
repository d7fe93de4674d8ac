/** The network is faster than the SMSC’s own answer. */
import type { Misbehaviour } from './misbehaviour.ts';
import { receiptFor } from './misbehaviour.ts';

export const receiptBeforeResponse: Misbehaviour = {
  name: 'receipt-before-response',
  what: 'sends the receipt before the response that bears its id',
  expected: { bind: 'accepted', submit: 'accepted', session: 'survives', deliveries: 3 },
  play: (wire) => {
    wire.onPdu((pdu) => {
      if (pdu.command !== 'submit_sm') {
        wire.answer(pdu);
        return;
      }
      const answer = wire.politeAnswer(pdu);
      if (answer?.command !== 'submit_sm_resp') return;
      wire.send(receiptFor(wire, answer.fields?.messageId ?? ''), answer);
    });
  },
};
