/** The peer is a firewall, or an SMSC whose bind process hangs. */
import type { Misbehaviour } from './misbehaviour.ts';

export const neverAnswersBind: Misbehaviour = {
  name: 'never-answers-bind',
  what: 'takes the connection and never answers the bind',
  expected: { bind: 'unanswered', session: 'closes' },
  play: (wire) => {
    wire.onPdu(() => undefined);
  },
};
