/** Somebody else’s campaign. */
import type { Misbehaviour } from './misbehaviour.ts';

export const queueFull: Misbehaviour = {
  name: 'queue-full',
  what: 'answers every submit with ESME_RMSGQFUL',
  expected: { bind: 'accepted', submit: 'refused', status: 0x14, session: 'survives' },
  play: (wire) => {
    wire.onPdu((pdu) => {
      if (pdu.command !== 'submit_sm') {
        wire.answer(pdu);
        return;
      }
      wire.send({ command: 'submit_sm_resp', sequence: pdu.sequence, status: 0x14 });
    });
  },
};
