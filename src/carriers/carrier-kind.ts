/**
 * What a folder of carriers/ offers to the registry: a name for config files, a schema for its settings, and a way to
 * make one. It is description only; which kinds there are is the registry's.
 */
import type { Static, TSchema } from 'typebox';
import type { Carrier, ReceiptSink } from '../engine/ports.ts';
import type { Logger } from '../lib/logger.ts';
import type { RandomBytes } from '../lib/random.ts';
import type { SafeFetch } from '../lib/safe-fetch.ts';
import type { Clock, Timers } from '../lib/time.ts';

export interface CarrierDeps {
  /** For carriers that hold a connection. Receipts over HTTP take the way of `ReceiptSource` instead. */
  readonly receipts: ReceiptSink;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly safeFetch: SafeFetch;
  readonly randomBytes: RandomBytes;
}

/** What is wrong with settings that fit the schema; `path` is below the carrier: `receipts.auth`. */
export interface SettingsFault {
  readonly path: string;
  readonly message: string;
}

export interface CarrierKind<Schema extends TSchema = TSchema> {
  /** The value of `kind` in a config file. The schema does not hold it. */
  readonly kind: string;
  readonly schema: Schema;
  /** What a schema cannot say: that one of two is needed, that a key can be read. Called before `create`. */
  findFaults(settings: Static<Schema>): readonly SettingsFault[];
  /** @param settings fit the schema and have no faults */
  create(id: string, settings: Static<Schema>, deps: CarrierDeps): Carrier;
}
