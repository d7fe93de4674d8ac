import type { MessageChannel } from '../core/channel.ts';
import { EngineError } from '../core/errors.ts';
import type { KeyMode } from '../core/principal.ts';
import { carriersFor, type Route } from '../core/routing.ts';
import type { Carrier } from './ports.ts';

/** Which carriers may take a message, in order. */
export interface Router {
  candidates(destination: Destination): readonly Carrier[];
}

export interface Destination {
  readonly channel: MessageChannel;
  readonly mode: KeyMode;
  readonly to: string;
}

/** @param carriers in the order of the config, which is the order for `test` keys, who have no routes */
export function createRouter(carriers: readonly Carrier[], routes: readonly Route[]): Router {
  const byId = new Map(carriers.map((carrier) => [carrier.id, carrier]));
  const simulated = carriers.filter((carrier) => carrier.isSimulated);

  return {
    candidates({ channel, mode, to }) {
      const chosen =
        mode === 'test' ? simulated : carriersFor(routes, channel, to).flatMap((id) => byId.get(id) ?? []);
      return chosen.filter((carrier) => carrier.channels.includes(channel));
    },
  };
}

/** @throws EngineError `channel_unavailable` before anything is written for a message that no carrier could take */
export function assertRouted(router: Router, destination: Destination): void {
  if (router.candidates(destination).length > 0) return;
  throw new EngineError('channel_unavailable', 'No carrier is set up for this channel and destination.', {
    field: 'channel',
  });
}
