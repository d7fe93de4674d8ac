/** Well framed, and nothing of it is SMPP. */
import { encodePdu } from '../../../src/smpp/pdu.ts';
import type { Misbehaviour } from './misbehaviour.ts';

export const onlyUnknownCommands: Misbehaviour = {
  name: 'only-unknown-commands',
  what: 'sends unknown commands without end',
  expected: { bind: 'accepted', submit: 'unknown', session: 'closes' },
  play: (wire) => {
    wire.onPdu((pdu) => {
      if (pdu.command !== 'submit_sm') {
        wire.answer(pdu);
        return;
      }
      const unknown = encodePdu({ command: 'enquire_link', sequence: wire.nextSequence() });
      unknown.writeUInt32BE(0x00000fff, 4);
      for (let i = 0; i < 100; i++) wire.sendRaw(unknown);
    });
  },
};
