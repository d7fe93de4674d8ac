/** More messages than the contract allows. */
import type { Misbehaviour } from './misbehaviour.ts';

export const throttles: Misbehaviour = {
  name: 'throttles',
  what: 'answers every submit with ESME_RTHROTTLED',
  expected: { bind: 'accepted', submit: 'refused', status: 0x58, session: 'survives' },
  play: (wire) => {
    wire.onPdu((pdu) => {
      if (pdu.command !== 'submit_sm') {
        wire.answer(pdu);
        return;
      }
      wire.send({ command: 'submit_sm_resp', sequence: pdu.sequence, status: 0x58 });
    });
  },
};
