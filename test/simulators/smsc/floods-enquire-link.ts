/** A link check a millisecond, and the answers are not read. */
import type { Misbehaviour } from './misbehaviour.ts';

export const floodsEnquireLink: Misbehaviour = {
  name: 'floods-enquire-link',
  what: 'sends link checks without end and reads nothing more',
  expected: { bind: 'accepted', submit: 'unknown', session: 'closes' },
  play: (wire) => {
    wire.onPdu((pdu) => {
      if (pdu.command !== 'submit_sm') {
        wire.answer(pdu);
        return;
      }
      wire.stream.pause();
      for (let i = 0; i < 20_000; i++) wire.send({ command: 'enquire_link', sequence: wire.nextSequence() });
    });
  },
};
