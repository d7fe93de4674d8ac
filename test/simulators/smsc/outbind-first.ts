/** SMPP 3.4 §2.2.1: the SMSC asks to be bound, on a connection that we made. */
import type { Misbehaviour } from './misbehaviour.ts';

export const outbindFirst: Misbehaviour = {
  name: 'outbind-first',
  what: 'sends outbind as soon as it is connected',
  expected: { bind: 'accepted', submit: 'accepted', session: 'survives' },
  play: (wire) => {
    wire.send({ command: 'outbind', sequence: wire.nextSequence(), fields: { systemId: 'wild' } });
    wire.onPdu((pdu) => wire.answer(pdu));
  },
};
