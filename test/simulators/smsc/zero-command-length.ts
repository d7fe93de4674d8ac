/** Whoever advances by this never advances. */
import type { Misbehaviour } from './misbehaviour.ts';

export const zeroCommandLength: Misbehaviour = {
  name: 'zero-command-length',
  what: 'sends zeros after the bind',
  expected: { bind: 'accepted', submit: 'unknown', session: 'closes' },
  play: (wire) => {
    wire.onPdu((pdu) => {
      if (pdu.command !== 'submit_sm') {
        wire.answer(pdu);
        return;
      }
      wire.sendRaw(Buffer.alloc(64));
    });
  },
};
