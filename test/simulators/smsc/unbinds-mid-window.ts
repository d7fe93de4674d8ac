/** A shutdown by the book that forgets what it was given. */
import type { Misbehaviour } from './misbehaviour.ts';

export const unbindsMidWindow: Misbehaviour = {
  name: 'unbinds-mid-window',
  what: 'unbinds while submits are unanswered and never answers them',
  expected: { bind: 'accepted', submit: 'unknown', session: 'closes' },
  play: (wire) => {
    wire.onPdu((pdu) => {
      if (pdu.command !== 'submit_sm') {
        wire.answer(pdu);
        return;
      }
      wire.send({ command: 'unbind', sequence: wire.nextSequence() });
    });
  },
};
