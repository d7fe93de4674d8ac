/** The SMSC stops reading: what we write stays with us. */
import type { Misbehaviour } from './misbehaviour.ts';

export const slowReader: Misbehaviour = {
  name: 'slow-reader',
  what: 'stops reading after the bind',
  expected: { bind: 'accepted', submit: 'unknown', session: 'closes' },
  play: (wire) => {
    wire.onPdu((pdu) => {
      wire.answer(pdu);
      wire.stream.pause();
    });
  },
};
