/** SMPP 3.4 §2.7 allows it. */
import type { Pdu } from '../../../src/smpp/pdu.ts';
import type { Misbehaviour } from './misbehaviour.ts';

export const answersOutOfOrder: Misbehaviour = {
  name: 'answers-out-of-order',
  what: 'answers three submits in reverse order',
  expected: { bind: 'accepted', submit: 'accepted', session: 'survives' },
  play: (wire) => {
    const waiting: Pdu[] = [];
    wire.onPdu((pdu) => {
      if (pdu.command !== 'submit_sm') {
        wire.answer(pdu);
        return;
      }
      waiting.push(pdu);
      if (waiting.length === 3) for (const late of waiting.splice(0).reverse()) wire.answer(late);
    });
  },
};
