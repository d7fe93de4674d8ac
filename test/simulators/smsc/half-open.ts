/** The machine is gone and no packet says so. */
import type { Misbehaviour } from './misbehaviour.ts';

export const halfOpen: Misbehaviour = {
  name: 'half-open',
  what: 'says nothing at all after the bind',
  expected: { bind: 'accepted', submit: 'unknown', session: 'closes' },
  play: (wire) => {
    wire.onPdu((pdu) => {
      if (!pdu.command.startsWith('bind_')) return;
      wire.answer(pdu);
    });
  },
};
