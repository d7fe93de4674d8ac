/** Wrong credentials, too many binds, or an address that is not let in: SMSCs say no more than this. */
import type { Misbehaviour } from './misbehaviour.ts';

export const refusesBind: Misbehaviour = {
  name: 'refuses-bind',
  what: 'refuses every bind with ESME_RBINDFAIL',
  expected: { bind: 'refused', status: 0x0d, session: 'closes' },
  play: (wire) => {
    wire.onPdu(({ sequence }) => wire.send({ command: 'bind_transceiver_resp', sequence, status: 0x0d }));
  },
};
