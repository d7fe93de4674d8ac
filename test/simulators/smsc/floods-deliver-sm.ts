/** A backlog of a weekend, sent at once and without a window. */
import type { Misbehaviour } from './misbehaviour.ts';
import { receiptFor } from './misbehaviour.ts';

export const floodsDeliverSm: Misbehaviour = {
  name: 'floods-deliver-sm',
  what: 'sends five thousand receipts with each answer',
  expected: { bind: 'accepted', submit: 'accepted', session: 'survives', deliveries: 15_000 },
  play: (wire) => {
    wire.onPdu((pdu) => {
      if (pdu.command !== 'submit_sm') {
        wire.answer(pdu);
        return;
      }
      wire.answer(pdu);
      for (let i = 0; i < 5_000; i++) wire.send(receiptFor(wire, `flood-${i}`));
    });
  },
};
