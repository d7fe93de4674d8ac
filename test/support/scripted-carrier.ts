import type { MessageChannel } from '../../src/core/channel.ts';
import type { SubmitOutcome } from '../../src/core/delivery.ts';
import type { Carrier, OutboundMessage } from '../../src/engine/ports.ts';

/** A carrier that keeps what it is given and answers as told; accepts everything unless told otherwise. */
export interface ScriptedCarrier extends Carrier {
  readonly sent: OutboundMessage[];
  /** How it answers from now on. */
  answer: (message: OutboundMessage, signal: AbortSignal) => SubmitOutcome | Promise<SubmitOutcome>;
  state: 'up' | 'degraded' | 'down';
}

export interface ScriptedCarrierOptions {
  readonly channels?: readonly MessageChannel[];
  readonly isSimulated?: boolean;
}

export function createScriptedCarrier(
  id: string,
  { channels = ['sms', 'voice', 'email'], isSimulated = false }: ScriptedCarrierOptions = {},
): ScriptedCarrier {
  const carrier: ScriptedCarrier = {
    id,
    kind: 'scripted',
    channels,
    isSimulated,
    sent: [],
    state: 'up',
    answer: (message) => ({ kind: 'accepted', carrierMessageIds: [`${id}-${message.id}`] }),
    async submit(message, signal) {
      carrier.sent.push(message);
      return carrier.answer(message, signal);
    },
    health: () => ({ state: carrier.state }),
    [Symbol.asyncDispose]: async () => {},
  };
  return carrier;
}
