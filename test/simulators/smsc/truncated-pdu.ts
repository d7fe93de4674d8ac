/** The SMSC dies while it writes. */
import { encodePdu } from '../../../src/smpp/pdu.ts';
import type { Misbehaviour } from './misbehaviour.ts';

export const truncatedPdu: Misbehaviour = {
  name: 'truncated-pdu',
  what: 'sends half of a response and closes',
  expected: { bind: 'accepted', submit: 'unknown', session: 'closes' },
  play: (wire) => {
    wire.onPdu((pdu) => {
      if (pdu.command !== 'submit_sm') {
        wire.answer(pdu);
        return;
      }
      const whole = encodePdu({
        command: 'submit_sm_resp',
        sequence: pdu.sequence,
        fields: { messageId: 'lost' },
      });
      wire.sendRaw(whole.subarray(0, 18));
      wire.stream.end();
    });
  },
};
