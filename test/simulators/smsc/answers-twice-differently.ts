/** The second answer contradicts the first; the first has been acted on. */
import type { Misbehaviour } from './misbehaviour.ts';

export const answersTwiceDifferently: Misbehaviour = {
  name: 'answers-twice-differently',
  what: 'accepts each submit, then refuses it',
  expected: { bind: 'accepted', submit: 'accepted', session: 'survives' },
  play: (wire) => {
    wire.onPdu((pdu) => {
      if (pdu.command !== 'submit_sm') {
        wire.answer(pdu);
        return;
      }
      wire.answer(pdu);
      wire.send({ command: 'submit_sm_resp', sequence: pdu.sequence, status: 0x0b });
    });
  },
};
