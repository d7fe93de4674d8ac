/** Two gigabytes announced: whoever allocates what is announced is dead. */
import { encodePdu } from '../../../src/smpp/pdu.ts';
import type { Misbehaviour } from './misbehaviour.ts';

export const oversizedCommandLength: Misbehaviour = {
  name: 'oversized-command-length',
  what: 'answers submits with a command_length of 2 GiB',
  expected: { bind: 'accepted', submit: 'unknown', session: 'closes' },
  play: (wire) => {
    wire.onPdu((pdu) => {
      if (pdu.command !== 'submit_sm') {
        wire.answer(pdu);
        return;
      }
      const answer = encodePdu({ command: 'submit_sm_resp', sequence: pdu.sequence });
      answer.writeUInt32BE(0x7fffffff, 0);
      wire.sendRaw(answer);
    });
  },
};
