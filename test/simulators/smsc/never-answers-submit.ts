/** The SMSC takes the message and forgets to say so, or never took it: nobody can tell. */
import type { Misbehaviour } from './misbehaviour.ts';

export const neverAnswersSubmit: Misbehaviour = {
  name: 'never-answers-submit',
  what: 'never answers a submit and is polite otherwise',
  expected: { bind: 'accepted', submit: 'unknown', session: 'survives' },
  play: (wire) => {
    wire.onPdu((pdu) => {
      if (pdu.command !== 'submit_sm') wire.answer(pdu);
    });
  },
};
