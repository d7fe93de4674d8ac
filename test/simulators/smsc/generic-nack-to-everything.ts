/** A gateway that lost its mind after the bind. */
import type { Misbehaviour } from './misbehaviour.ts';

export const genericNackToEverything: Misbehaviour = {
  name: 'generic-nack-to-everything',
  what: 'answers everything but the bind with generic_nack',
  expected: { bind: 'accepted', submit: 'refused', status: 0x08, session: 'survives' },
  play: (wire) => {
    wire.onPdu((pdu) => {
      if (pdu.command.startsWith('bind_')) wire.answer(pdu);
      else wire.send({ command: 'generic_nack', sequence: pdu.sequence, status: 0x08 });
    });
  },
};
