/** Codes from 0x400 are the vendor’s, and their meaning is in a PDF. */
import type { Misbehaviour } from './misbehaviour.ts';

export const vendorStatus: Misbehaviour = {
  name: 'vendor-status',
  what: 'refuses every submit with a status of its own',
  expected: { bind: 'accepted', submit: 'refused', status: 0x0000_0422, session: 'survives' },
  play: (wire) => {
    wire.onPdu((pdu) => {
      if (pdu.command !== 'submit_sm') {
        wire.answer(pdu);
        return;
      }
      wire.send({ command: 'submit_sm_resp', sequence: pdu.sequence, status: 0x0422 });
    });
  },
};
