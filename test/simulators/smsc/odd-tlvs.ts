/** Vendors’ own parameters, and known ones of the wrong length. */
import type { Misbehaviour } from './misbehaviour.ts';
import { receiptFor } from './misbehaviour.ts';

const ODD = [
  { tag: 0x1400, value: Buffer.from('1101234567890') },
  { tag: 0x0425, value: Buffer.alloc(9) },
  { tag: 0x0000, value: Buffer.alloc(0) },
];

export const oddTlvs: Misbehaviour = {
  name: 'odd-tlvs',
  what: 'adds unknown and misshapen parameters to everything',
  expected: { bind: 'accepted', submit: 'accepted', session: 'survives', deliveries: 3 },
  play: (wire) => {
    wire.onPdu((pdu) => {
      if (pdu.command !== 'submit_sm') {
        wire.answer(pdu);
        return;
      }
      const answer = wire.politeAnswer(pdu);
      if (answer === undefined) return;
      wire.send({ ...answer, otherTlvs: ODD }, { ...receiptFor(wire, `id-${pdu.sequence}`), otherTlvs: ODD });
    });
  },
};
