/** The right number on the wrong response. */
import type { Misbehaviour } from './misbehaviour.ts';

export const wrongResponseCommand: Misbehaviour = {
  name: 'wrong-response-command',
  what: 'answers submits with query_sm_resp',
  expected: { bind: 'accepted', submit: 'unknown', session: 'survives' },
  play: (wire) => {
    wire.onPdu((pdu) => {
      if (pdu.command !== 'submit_sm') {
        wire.answer(pdu);
        return;
      }
      wire.send({ command: 'query_sm_resp', sequence: pdu.sequence, fields: { messageId: 'lost' } });
    });
  },
};
