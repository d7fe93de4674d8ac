/** The parameter’s length reaches beyond the PDU; the PDU’s own is right. */
import { encodePdu } from '../../../src/smpp/pdu.ts';
import type { Misbehaviour } from './misbehaviour.ts';

export const malformedTlv: Misbehaviour = {
  name: 'malformed-tlv',
  what: 'answers submits with a parameter that is cut off',
  expected: { bind: 'accepted', submit: 'unknown', session: 'survives' },
  play: (wire) => {
    wire.onPdu((pdu) => {
      if (pdu.command !== 'submit_sm') {
        wire.answer(pdu);
        return;
      }
      const otherTlvs = [{ tag: 0x1400, value: Buffer.alloc(4) }];
      const answer = encodePdu({ command: 'submit_sm_resp', sequence: pdu.sequence, otherTlvs });
      answer.writeUInt16BE(400, answer.length - 6);
      wire.sendRaw(answer);
    });
  },
};
