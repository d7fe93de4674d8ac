/** An SMSC of version 3.3 does not know bind_transceiver and says so with a generic_nack. */
import type { Misbehaviour } from './misbehaviour.ts';

export const nacksBind: Misbehaviour = {
  name: 'nacks-bind',
  what: 'answers a bind with generic_nack',
  expected: { bind: 'refused', status: 3, session: 'closes' },
  play: (wire) => {
    wire.onPdu(({ sequence }) => wire.send({ command: 'generic_nack', sequence, status: 3 }));
  },
};
