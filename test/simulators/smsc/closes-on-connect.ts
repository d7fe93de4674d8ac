/** A load balancer whose SMSC is down accepts and closes. */
import type { Misbehaviour } from './misbehaviour.ts';

export const closesOnConnect: Misbehaviour = {
  name: 'closes-on-connect',
  what: 'closes each connection as soon as it is made',
  expected: { bind: 'unanswered', session: 'closes' },
  play: (wire) => {
    wire.stream.end();
  },
};
