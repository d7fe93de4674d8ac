/** The rest of the receipt is read as the beginning of the response, whose id is lost in it. */
import { encodePdu } from '../../../src/smpp/pdu.ts';
import type { Misbehaviour } from './misbehaviour.ts';
import { receiptFor } from './misbehaviour.ts';

export const shortCommandLength: Misbehaviour = {
  name: 'short-command-length',
  what: 'announces three octets less than a receipt has',
  expected: { bind: 'accepted', submit: 'unknown', session: 'closes' },
  play: (wire) => {
    wire.onPdu((pdu) => {
      if (pdu.command === 'submit_sm') {
        const receipt = encodePdu(receiptFor(wire, 'early'));
        receipt.writeUInt32BE(receipt.length - 3, 0);
        wire.sendRaw(receipt);
      }
      wire.answer(pdu);
    });
  },
};
