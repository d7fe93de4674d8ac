/** Link checks are switched off at the SMSC, or it is dead above its TCP stack. */
import type { Misbehaviour } from './misbehaviour.ts';

export const neverAnswersEnquireLink: Misbehaviour = {
  name: 'never-answers-enquire-link',
  what: 'answers submits and never a link check',
  expected: { bind: 'accepted', submit: 'accepted', session: 'closes' },
  play: (wire) => {
    wire.onPdu((pdu) => {
      if (pdu.command !== 'enquire_link') wire.answer(pdu);
    });
  },
};
