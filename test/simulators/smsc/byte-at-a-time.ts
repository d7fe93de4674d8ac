/** A proxy that writes octet by octet, and every boundary that there is. */
import type { OutgoingPdu } from '../../../src/smpp/pdu.ts';
import { encodePdu } from '../../../src/smpp/pdu.ts';
import type { Misbehaviour } from './misbehaviour.ts';
import { receiptFor } from './misbehaviour.ts';

export const byteAtATime: Misbehaviour = {
  name: 'byte-at-a-time',
  what: 'sends every PDU in single octets',
  expected: { bind: 'accepted', submit: 'accepted', session: 'survives', deliveries: 3 },
  play: (wire) => {
    const drip = (...pdus: readonly OutgoingPdu[]) => {
      for (const octet of Buffer.concat(pdus.map((pdu) => encodePdu(pdu))))
        wire.sendRaw(Uint8Array.of(octet));
    };
    wire.onPdu((pdu) => {
      const answer = wire.politeAnswer(pdu);
      if (answer === undefined) return;
      if (answer.command === 'submit_sm_resp') drip(answer, receiptFor(wire, answer.fields?.messageId ?? ''));
      else drip(answer);
    });
  },
};
