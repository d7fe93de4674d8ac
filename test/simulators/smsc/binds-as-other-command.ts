/** Some SMSCs answer bind_transceiver as if bind_transmitter had been asked. */
import type { Misbehaviour } from './misbehaviour.ts';

export const bindsAsOtherCommand: Misbehaviour = {
  name: 'binds-as-other-command',
  what: 'answers the bind with the response of another bind',
  expected: { bind: 'unanswered', session: 'closes' },
  play: (wire) => {
    wire.onPdu(({ sequence }) => wire.send({ command: 'bind_transmitter_resp', sequence }));
  },
};
