/** An SMSC whose peers each report. */
import type { Misbehaviour } from './misbehaviour.ts';
import { receiptFor } from './misbehaviour.ts';

export const duplicateReceipts: Misbehaviour = {
  name: 'duplicate-receipts',
  what: 'sends each receipt three times',
  expected: { bind: 'accepted', submit: 'accepted', session: 'survives', deliveries: 9 },
  play: (wire) => {
    wire.onPdu((pdu) => {
      if (pdu.command !== 'submit_sm') {
        wire.answer(pdu);
        return;
      }
      const answer = wire.politeAnswer(pdu);
      if (answer?.command !== 'submit_sm_resp') return;
      const receipt = receiptFor(wire, answer.fields?.messageId ?? '');
      wire.send(answer, receipt, receipt, receipt);
    });
  },
};
