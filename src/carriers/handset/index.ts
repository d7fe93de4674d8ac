/** The handset as a kind of carrier: its settings and how one is made. */
import { Type } from 'typebox';
import type { CarrierKind } from '../carrier-kind.ts';

const settings = Type.Object(
  {
    receiptDelayMs: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 60_000,
        description: 'Milliseconds from a submit to its first receipt, and between receipts. Default: 200.',
      }),
    ),
    defaultSender: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 40,
        description: 'Who a message is from when it names no sender. Default: Otpost.',
      }),
    ),
  },
  { additionalProperties: false, description: 'A phone on the screen, for trying things without a network.' },
);

export const handsetKind: CarrierKind<typeof settings> = {
  kind: 'handset',
  settings,
  isSimulated: true,
  showsHealthAhead: true,
  channels: () => ['sms', 'voice', 'email'],
  async create(id, { receiptDelayMs, defaultSender }, { clock, timers, receipts, makeId }) {
    const { createHandset } = await import('./handset.ts');
    return createHandset({
      id,
      clock,
      timers,
      receipts,
      makeId,
      ...(receiptDelayMs !== undefined && { receiptDelayMs }),
      ...(defaultSender !== undefined && { defaultSender }),
    });
  },
};
