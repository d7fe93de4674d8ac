/** The response comes when the client has given up. */
import type { Misbehaviour } from './misbehaviour.ts';

export const answersLate: Misbehaviour = {
  name: 'answers-late',
  what: 'answers each submit after a minute',
  expected: { bind: 'accepted', submit: 'unknown', session: 'survives' },
  play: (wire) => {
    wire.onPdu((pdu) => {
      if (pdu.command !== 'submit_sm') {
        wire.answer(pdu);
        return;
      }
      wire.later(60_000, () => wire.answer(pdu));
    });
  },
};
