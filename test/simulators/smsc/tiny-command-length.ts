/** Whoever subtracts the header’s 16 octets from this has a negative length. */
import { encodePdu } from '../../../src/smpp/pdu.ts';
import type { Misbehaviour } from './misbehaviour.ts';

export const tinyCommandLength: Misbehaviour = {
  name: 'tiny-command-length',
  what: 'answers submits with a command_length of 8',
  expected: { bind: 'accepted', submit: 'unknown', session: 'closes' },
  play: (wire) => {
    wire.onPdu((pdu) => {
      if (pdu.command !== 'submit_sm') {
        wire.answer(pdu);
        return;
      }
      const answer = encodePdu({ command: 'submit_sm_resp', sequence: pdu.sequence });
      answer.writeUInt32BE(8, 0);
      wire.sendRaw(answer);
    });
  },
};
