import {
  type Breaker,
  type BreakerSignal,
  type BreakerState,
  breakerState,
  CLOSED,
  decideAdmission,
  recordSignal,
} from '../core/circuit-breaker.ts';
import type { SubmitOutcome } from '../core/delivery.ts';
import { EngineError } from '../core/errors.ts';
import type { KeyMode } from '../core/principal.ts';
import { carriersFor, type Route, type RoutedMessage } from '../core/routing.ts';
import type { Clock } from '../lib/time.ts';
import type { Carrier, CarrierHealth } from './ports.ts';

/** Which carriers may take a message, in order, and which of them is worth asking now. */
export interface Router {
  candidates(destination: Destination): readonly Carrier[];
  /**
   * The first of these that is up and whose breaker admits a message; it counts as asked. Where none does, how long
   * that lasts at least.
   */
  pick(candidates: readonly Carrier[]): Pick;
  /** What the carrier answered; called once for each pick. */
  record(carrierId: string, outcome: SubmitOutcome): void;
  health(): readonly RoutedCarrier[];
}

export interface Destination extends RoutedMessage {
  readonly mode: KeyMode;
}

export type Pick =
  | { readonly kind: 'carrier'; readonly carrier: Carrier }
  | { readonly kind: 'wait'; readonly retryAfterMs: number };

export interface RoutedCarrier {
  readonly id: string;
  readonly kind: string;
  readonly health: CarrierHealth;
  readonly breaker: BreakerState;
}

/** How soon a carrier that says it is down is looked at again. */
const DOWN_RETRY_MS = 2_000;

export interface RouterOptions {
  /** In the order of the config, which is the order for `test` keys, who have no routes. */
  readonly carriers: readonly Carrier[];
  readonly routes: readonly Route[];
  readonly clock: Clock;
  /** Uniform in [0, 1), for weighted routes. */
  readonly random: () => number;
}

export function createRouter({ carriers, routes, clock, random }: RouterOptions): Router {
  const byId = new Map(carriers.map((carrier) => [carrier.id, carrier]));
  const simulated = carriers.filter((carrier) => carrier.isSimulated);
  const breakers = new Map<string, Breaker>();
  const breakerOf = (id: string): Breaker => breakers.get(id) ?? CLOSED;

  return {
    candidates(destination) {
      const chosen =
        destination.mode === 'test'
          ? simulated
          : carriersFor(routes, destination, random).flatMap((id) => byId.get(id) ?? []);
      return chosen.filter((carrier) => carrier.channels.includes(destination.channel));
    },
    pick(candidates) {
      const nowMs = clock();
      let retryAfterMs = Number.POSITIVE_INFINITY;
      for (const carrier of candidates) {
        if (carrier.health().state === 'down') {
          retryAfterMs = Math.min(retryAfterMs, DOWN_RETRY_MS);
          continue;
        }
        const admission = decideAdmission(breakerOf(carrier.id), nowMs);
        if (admission.admits) {
          breakers.set(carrier.id, admission.breaker);
          return { kind: 'carrier', carrier };
        }
        retryAfterMs = Math.min(retryAfterMs, admission.retryAfterMs);
      }
      return { kind: 'wait', retryAfterMs: Math.min(retryAfterMs, DOWN_RETRY_MS) };
    },
    record(carrierId, outcome) {
      breakers.set(carrierId, recordSignal(breakerOf(carrierId), signalOf(outcome), clock()));
    },
    health: () =>
      carriers.map((carrier) => ({
        id: carrier.id,
        kind: carrier.kind,
        health: carrier.health(),
        breaker: breakerState(breakerOf(carrier.id), clock()),
      })),
  };
}

function signalOf(outcome: SubmitOutcome): BreakerSignal {
  if (outcome.kind === 'accepted') return 'worked';
  if (outcome.kind === 'unknown') return 'failed';
  // A carrier that names a wait is alive and says how to treat it.
  return outcome.permanent || outcome.isThrottled || outcome.retryAfterMs !== undefined
    ? 'neutral'
    : 'failed';
}

/** @throws EngineError `channel_unavailable` before anything is written for a message that no carrier could take */
export function assertRouted(router: Router, destination: Destination): void {
  if (router.candidates(destination).length > 0) return;
  throw new EngineError('channel_unavailable', 'No carrier is set up for this channel and destination.', {
    field: 'channel',
  });
}
