/** A restart under load: what was in flight may be with the SMSC. */
import type { Misbehaviour } from './misbehaviour.ts';

export const closesMidWindow: Misbehaviour = {
  name: 'closes-mid-window',
  what: 'drops the connection while submits are unanswered',
  expected: { bind: 'accepted', submit: 'unknown', session: 'closes' },
  play: (wire) => {
    wire.onPdu((pdu) => {
      if (pdu.command !== 'submit_sm') {
        wire.answer(pdu);
        return;
      }
      wire.stream.destroy();
    });
  },
};
