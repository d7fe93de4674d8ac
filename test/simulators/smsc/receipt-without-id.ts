/** The text is cut, the parameters are missing. */
import type { Misbehaviour } from './misbehaviour.ts';

export const receiptWithoutId: Misbehaviour = {
  name: 'receipt-without-id',
  what: 'sends receipts from which nothing can be learnt',
  expected: { bind: 'accepted', submit: 'accepted', session: 'survives', deliveries: 3 },
  play: (wire) => {
    wire.onPdu((pdu) => {
      if (pdu.command !== 'submit_sm') {
        wire.answer(pdu);
        return;
      }
      wire.answer(pdu);
      wire.send({ command: 'deliver_sm', sequence: wire.nextSequence(), fields: { esmClass: 0x04 } });
    });
  },
};
