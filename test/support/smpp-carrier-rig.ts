/** An SMPP carrier whose SMSC is in this process and in memory, with time moved by hand. */
import type { Duplex } from 'node:stream';
import type { CarrierDeps } from '../../src/carriers/carrier-kind.ts';
import type { SmppSettings } from '../../src/carriers/smpp/settings.ts';
import { createSmpp, type SmppCarrier, type SmppNetwork } from '../../src/carriers/smpp/smpp.ts';
import type { Receipt, SubmitOutcome } from '../../src/core/delivery.ts';
import type { OutboundMessage, ReceiptSink } from '../../src/engine/ports.ts';
import { type Metrics, noMetrics } from '../../src/lib/metrics.ts';
import { createUuidMaker } from '../../src/lib/uuid.ts';
import { bindSession, type ConnectOptions, SmppConnectError } from '../../src/smpp/client.ts';
import { SmppSession } from '../../src/smpp/session.ts';
import { type CapturingLogger, createCapturingLogger } from './capturing-logger.ts';
import { connectedStreams } from './connected-streams.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';
import { createSeededRandomBytes } from './seeded-random.ts';

export const SMPP_TEST_SETTINGS: SmppSettings = { host: 'smsc.test', systemId: 'acme', password: 'secret' };

/** Where connections go; undefined: nobody listens. */
export type Accept = ((stream: Duplex) => void) | undefined;

export interface SmppCarrierRig {
  readonly carrier: SmppCarrier;
  readonly clock: ManualClock;
  readonly logger: CapturingLogger;
  readonly receipts: Receipt[];
  /** Connections that were ever made. */
  readonly connections: readonly Duplex[];
  /** Who answers from now on. */
  accept: Accept;
  /** How the sink takes receipts from now on. */
  sink: ReceiptSink;
  message(more?: Partial<OutboundMessage>): OutboundMessage;
  send(more?: Partial<OutboundMessage>, signal?: AbortSignal): Promise<SubmitOutcome>;
}

export interface RigOptions {
  readonly settings?: Partial<SmppSettings>;
  readonly clock?: ManualClock;
  readonly metrics?: Metrics;
}

export function createSmppCarrierRig(accept: Accept, options: RigOptions = {}): SmppCarrierRig {
  const { clock = createManualClock() } = options;
  const logger = createCapturingLogger();
  const receipts: Receipt[] = [];
  const connections: Duplex[] = [];
  const sink: ReceiptSink = async (receipt) => void receipts.push(receipt);
  const rig = { accept, sink };
  const deps = createCarrierDeps(clock, {
    logger,
    metrics: options.metrics ?? noMetrics,
    receipts: (receipt) => rig.sink(receipt),
  });
  const network = networkTo(() => rig.accept, clock, connections);
  const carrier = createSmpp('main', { ...SMPP_TEST_SETTINGS, ...options.settings }, deps, network);
  let count = 0;
  const message = (more: Partial<OutboundMessage> = {}): OutboundMessage => {
    count += 1;
    return {
      id: `00000000-0000-7000-8000-${String(count).padStart(12, '0')}`,
      tenantId: '00000000-0000-7000-8000-00000000000a',
      channel: 'sms',
      to: '+14155550150',
      body: 'Acme: 483920 is your verification code.',
      code: '483920',
      segments: 1,
      notAfterMs: clock.now() + 600_000,
      ...more,
    };
  };
  return Object.assign(rig, {
    carrier,
    clock,
    logger,
    receipts,
    connections,
    message,
    send: (more?: Partial<OutboundMessage>, signal = new AbortController().signal) =>
      carrier.submit(message(more), signal),
  });
}

export function createCarrierDeps(
  clock: ManualClock,
  more: Pick<CarrierDeps, 'receipts'> & Partial<CarrierDeps>,
): CarrierDeps {
  const randomBytes = createSeededRandomBytes('smpp');
  return {
    clock: clock.now,
    timers: clock.timers,
    randomBytes,
    makeId: createUuidMaker(clock.now, randomBytes),
    logger: createCapturingLogger(),
    metrics: noMetrics,
    safeFetch: () => Promise.reject(new Error('SMPP makes no HTTP requests')),
    ...more,
  } as CarrierDeps;
}

/** Moves time in steps until the work is done; what needs no time happens before the first step. */
export async function finish<T>(work: Promise<T>, clock: ManualClock, stepMs = 100): Promise<T> {
  let isDone = false;
  const done = () => {
    isDone = true;
  };
  work.then(done, done);
  for (let turn = 0; turn < 10 && !isDone; turn += 1) await clock.settle();
  for (let step = 0; !isDone; step += 1) {
    if (step > 2_000) throw new Error('it never ended');
    await clock.advance(stepMs);
  }
  return work;
}

function networkTo(accept: () => Accept, clock: ManualClock, connections: Duplex[]): SmppNetwork {
  return {
    now: clock.now,
    async connect(options: ConnectOptions) {
      const taker = accept();
      if (taker === undefined) throw new SmppConnectError('the connection failed');
      const [ours, theirs] = connectedStreams();
      connections.push(ours);
      const session = new SmppSession(ours, options.session);
      const abort = () => session.destroy();
      options.signal?.addEventListener('abort', abort);
      taker(theirs);
      return bindSession(session, options).finally(() => options.signal?.removeEventListener('abort', abort));
    },
  };
}
