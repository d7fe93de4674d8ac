/**
 * The shape of a carrier kind: what the config may say of it, what it can send, and how one is made. A kind is
 * description; it loads its implementation only when a carrier of it is created, so that what is not configured costs
 * nothing at start.
 */
import type { Static, TObject } from 'typebox';
import type { MessageChannel } from '../core/channel.ts';
import type { Carrier, ReceiptSink } from '../engine/ports.ts';
import type { Logger } from '../lib/logger.ts';
import type { Metrics } from '../lib/metrics.ts';
import type { RandomBytes } from '../lib/random.ts';
import type { SafeFetch } from '../lib/safe-fetch.ts';
import type { Clock, Timers } from '../lib/time.ts';
import type { MakeUuid } from '../lib/uuid.ts';

export interface CarrierKind<Settings extends TObject = TObject> {
  /** Lower-case; what `kind:` says in the config. */
  readonly kind: string;
  /**
   * The settings besides `kind`, without additional properties. A `description` on each property goes into the editor
   * schema. `${ENV_NAME}` has been filled in and numbers have been read before it is applied.
   */
  readonly settings: Settings;
  /** True for a handset: the only kind that a `test` key sends through. */
  readonly isSimulated: boolean;
  /** Whether its health says something before anything was sent, as that of a lasting connection does. */
  readonly showsHealthAhead: boolean;
  /** What a carrier with these settings can send: routes are checked against it before anything is created. */
  channels(settings: Static<Settings>): readonly MessageChannel[];
  /** Faults that the schema cannot say, such as two settings that exclude each other. */
  findFaults?(settings: Static<Settings>): readonly SettingsFault[];
  /** Resolves without waiting for the network: a carrier that is down must not hold up the start. */
  create(id: string, settings: Static<Settings>, deps: CarrierDeps): Promise<Carrier>;
}

export interface SettingsFault {
  /** Below the carrier, such as `tls.ca`. */
  readonly path: string;
  /** Follows the path in a line: `must be …`. Never holds the value. */
  readonly problem: string;
}

export interface CarrierDeps {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly randomBytes: RandomBytes;
  readonly makeId: MakeUuid;
  readonly receipts: ReceiptSink;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Shared by all carriers; the app closes it after them. */
  readonly safeFetch: SafeFetch;
}
