/** A counter of its own where the request’s number belongs. */
import type { Misbehaviour } from './misbehaviour.ts';

export const wrongSequenceNumber: Misbehaviour = {
  name: 'wrong-sequence-number',
  what: 'answers submits with numbers that were never sent',
  expected: { bind: 'accepted', submit: 'unknown', session: 'survives' },
  play: (wire) => {
    wire.onPdu((pdu) => {
      if (pdu.command !== 'submit_sm') {
        wire.answer(pdu);
        return;
      }
      wire.send({
        command: 'submit_sm_resp',
        sequence: pdu.sequence + 10_000,
        fields: { messageId: 'lost' },
      });
    });
  },
};
