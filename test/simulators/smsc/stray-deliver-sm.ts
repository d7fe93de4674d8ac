/** A person answers the sender. */
import type { Misbehaviour } from './misbehaviour.ts';

export const strayDeliverSm: Misbehaviour = {
  name: 'stray-deliver-sm',
  what: 'delivers texts from phones, one of them written like a receipt',
  expected: { bind: 'accepted', submit: 'accepted', session: 'survives', deliveries: 3 },
  play: (wire) => {
    wire.onPdu((pdu) => {
      if (pdu.command !== 'submit_sm') {
        wire.answer(pdu);
        return;
      }
      wire.answer(pdu);
      const shortMessage = Buffer.from('id:id-1 sub:001 dlvrd:001 stat:DELIVRD err:000');
      wire.send({ command: 'deliver_sm', sequence: wire.nextSequence(), fields: { shortMessage } });
    });
  },
};
