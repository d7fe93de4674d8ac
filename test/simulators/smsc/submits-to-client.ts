/** An SMSC that mistakes the client for its peer. */
import type { Misbehaviour } from './misbehaviour.ts';

export const submitsToClient: Misbehaviour = {
  name: 'submits-to-client',
  what: 'sends requests that only clients send',
  expected: { bind: 'accepted', submit: 'accepted', session: 'survives' },
  play: (wire) => {
    wire.onPdu((pdu) => {
      if (pdu.command !== 'submit_sm') {
        wire.answer(pdu);
        return;
      }
      wire.send({ command: 'bind_transceiver', sequence: wire.nextSequence() });
      wire.send({ command: 'query_sm', sequence: wire.nextSequence() });
      wire.answer(pdu);
    });
  },
};
