/** Line noise, TLS on a plain port, or an attacker. */
import type { Misbehaviour } from './misbehaviour.ts';

export const garbageBytes: Misbehaviour = {
  name: 'garbage-bytes',
  what: 'sends octets without meaning after the bind',
  expected: { bind: 'accepted', submit: 'unknown', session: 'closes' },
  play: (wire) => {
    wire.onPdu((pdu) => {
      if (pdu.command !== 'submit_sm') {
        wire.answer(pdu);
        return;
      }
      const noise = Uint8Array.from({ length: 512 }, (_, index) => (index * 167 + 13) % 256);
      wire.sendRaw(noise);
    });
  },
};
