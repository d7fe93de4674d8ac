/** A refusal that says “no error”. */
import type { Misbehaviour } from './misbehaviour.ts';

export const nackWithStatusZero: Misbehaviour = {
  name: 'nack-with-status-zero',
  what: 'refuses submits with generic_nack and ESME_ROK',
  expected: { bind: 'accepted', submit: 'refused', status: 0xff, session: 'survives' },
  play: (wire) => {
    wire.onPdu((pdu) => {
      if (pdu.command !== 'submit_sm') {
        wire.answer(pdu);
        return;
      }
      wire.send({ command: 'generic_nack', sequence: pdu.sequence });
    });
  },
};
