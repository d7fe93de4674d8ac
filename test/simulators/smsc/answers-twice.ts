/** A cluster behind one address answers from two nodes. */
import type { Misbehaviour } from './misbehaviour.ts';

export const answersTwice: Misbehaviour = {
  name: 'answers-twice',
  what: 'answers each submit twice',
  expected: { bind: 'accepted', submit: 'accepted', session: 'survives' },
  play: (wire) => {
    wire.onPdu((pdu) => {
      if (pdu.command !== 'submit_sm') {
        wire.answer(pdu);
        return;
      }
      const answer = wire.politeAnswer(pdu);
      if (answer !== undefined) wire.send(answer, answer);
    });
  },
};
