/** The response swallows the beginning of the next, and then nothing has a beginning. */
import { encodePdu } from '../../../src/smpp/pdu.ts';
import type { Misbehaviour } from './misbehaviour.ts';

export const longCommandLength: Misbehaviour = {
  name: 'long-command-length',
  what: 'announces five octets more than each response has',
  expected: { bind: 'accepted', submit: 'unknown', session: 'closes' },
  play: (wire) => {
    wire.onPdu((pdu) => {
      if (pdu.command !== 'submit_sm') {
        wire.answer(pdu);
        return;
      }
      const answer = encodePdu({
        command: 'submit_sm_resp',
        sequence: pdu.sequence,
        fields: { messageId: 'lost' },
      });
      answer.writeUInt32BE(answer.length + 5, 0);
      wire.sendRaw(answer);
    });
  },
};
