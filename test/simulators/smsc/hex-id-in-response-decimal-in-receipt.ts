/** The commonest of all mismatches. */
import type { Misbehaviour } from './misbehaviour.ts';
import { receiptFor } from './misbehaviour.ts';

export const hexIdInResponseDecimalInReceipt: Misbehaviour = {
  name: 'hex-id-in-response-decimal-in-receipt',
  what: 'writes ids in hexadecimal when it answers and in decimal when it reports',
  expected: { bind: 'accepted', submit: 'accepted', session: 'survives', deliveries: 3 },
  play: (wire) => {
    wire.onPdu((pdu) => {
      if (pdu.command !== 'submit_sm') {
        wire.answer(pdu);
        return;
      }
      const id = 3_735_928_559 + pdu.sequence;
      const fields = { messageId: id.toString(16).toUpperCase() };
      wire.send({ command: 'submit_sm_resp', sequence: pdu.sequence, fields }, receiptFor(wire, `00${id}`));
    });
  },
};
