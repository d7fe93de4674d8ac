/** The NUL that ends message_id is missing. */
import { encodePdu } from '../../../src/smpp/pdu.ts';
import type { Misbehaviour } from './misbehaviour.ts';

export const unterminatedMessageId: Misbehaviour = {
  name: 'unterminated-message-id',
  what: 'leaves out the NUL after each message id',
  expected: { bind: 'accepted', submit: 'accepted', session: 'survives' },
  play: (wire) => {
    wire.onPdu((pdu) => {
      if (pdu.command !== 'submit_sm') {
        wire.answer(pdu);
        return;
      }
      const fields = { messageId: wire.nextMessageId() };
      const answer = encodePdu({ command: 'submit_sm_resp', sequence: pdu.sequence, fields });
      answer.writeUInt32BE(answer.length - 1, 0);
      wire.sendRaw(answer.subarray(0, -1));
    });
  },
};
