/** Responses to requests that were never made. */
import type { Misbehaviour } from './misbehaviour.ts';

export const unsolicitedResponses: Misbehaviour = {
  name: 'unsolicited-responses',
  what: 'sends a hundred responses that nobody waits for with each answer',
  expected: { bind: 'accepted', submit: 'accepted', session: 'survives' },
  play: (wire) => {
    wire.onPdu((pdu) => {
      if (pdu.command !== 'submit_sm') {
        wire.answer(pdu);
        return;
      }
      for (let i = 0; i < 100; i++) {
        wire.send({ command: 'submit_sm_resp', sequence: 50_000 + i, fields: { messageId: 'stray' } });
      }
      wire.answer(pdu);
    });
  },
};
