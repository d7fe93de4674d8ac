/** A shutdown by the book: what was in flight is still answered. */
import type { Misbehaviour } from './misbehaviour.ts';

export const unbindsAndAnswers: Misbehaviour = {
  name: 'unbinds-and-answers',
  what: 'unbinds with the first submit, answers all, and closes',
  expected: { bind: 'accepted', submit: 'accepted', session: 'closes' },
  play: (wire) => {
    wire.onPdu((pdu) => {
      if (pdu.command !== 'submit_sm') {
        wire.answer(pdu);
        return;
      }
      wire.send({ command: 'unbind', sequence: wire.nextSequence() });
      wire.answer(pdu);
    });
  },
};
