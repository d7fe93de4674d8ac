/** A vendor’s own command, or one of SMPP 5.0. */
import { encodePdu } from '../../../src/smpp/pdu.ts';
import type { Misbehaviour } from './misbehaviour.ts';

export const unknownCommand: Misbehaviour = {
  name: 'unknown-command',
  what: 'sends a command that does not exist before each answer',
  expected: { bind: 'accepted', submit: 'accepted', session: 'survives' },
  play: (wire) => {
    wire.onPdu((pdu) => {
      if (pdu.command !== 'submit_sm') {
        wire.answer(pdu);
        return;
      }
      const unknown = encodePdu({ command: 'enquire_link', sequence: wire.nextSequence() });
      unknown.writeUInt32BE(0x00000111, 4);
      wire.sendRaw(unknown);
      wire.answer(pdu);
    });
  },
};
