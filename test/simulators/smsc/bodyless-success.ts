/** The id is not even empty: it is not there. */
import { encodePdu } from '../../../src/smpp/pdu.ts';
import type { Misbehaviour } from './misbehaviour.ts';

export const bodylessSuccess: Misbehaviour = {
  name: 'bodyless-success',
  what: 'accepts submits with a response that has no body',
  expected: { bind: 'accepted', submit: 'accepted', session: 'survives' },
  play: (wire) => {
    wire.onPdu((pdu) => {
      if (pdu.command !== 'submit_sm') {
        wire.answer(pdu);
        return;
      }
      const answer = encodePdu({ command: 'submit_sm_resp', sequence: pdu.sequence, status: 1 });
      answer.writeUInt32BE(0, 8);
      wire.sendRaw(answer);
    });
  },
};
