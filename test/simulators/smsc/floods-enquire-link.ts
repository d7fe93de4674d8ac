/** A link check a millisecond, and the answers are not read. */
import { encodePdu } from '../../../src/smpp/pdu.ts';
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
      const checks = Array.from({ length: 1_000 }, () =>
        encodePdu({ command: 'enquire_link', sequence: wire.nextSequence() }),
      );
      // Three megabytes, and as many of answers.
      for (let i = 0; i < 200; i++) wire.sendRaw(Buffer.concat(checks));
    });
  },
};
