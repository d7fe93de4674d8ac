/** Accepted, and no receipt can ever be matched. */
import type { Misbehaviour } from './misbehaviour.ts';

export const emptyMessageId: Misbehaviour = {
  name: 'empty-message-id',
  what: 'accepts submits with an empty message id',
  expected: { bind: 'accepted', submit: 'accepted', session: 'survives' },
  play: (wire) => {
    wire.onPdu((pdu) => {
      if (pdu.command !== 'submit_sm') {
        wire.answer(pdu);
        return;
      }
      wire.send({ command: 'submit_sm_resp', sequence: pdu.sequence });
    });
  },
};
