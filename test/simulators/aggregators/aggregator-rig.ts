/**
 * A carrier and its aggregator, wired together as in a running server: requests go out through the guarded client,
 * receipts come in through the receipt routes. Time stands still unless a test moves it.
 */

import type { TestContext } from 'node:test';
import type { CarrierDeps } from '../../../src/carriers/carrier-kind.ts';
import type { Receipt } from '../../../src/core/delivery.ts';
import { receiptSourceOf } from '../../../src/engine/ports/receipt-source.ts';
import type { Carrier, OutboundMessage, ReceiptSink } from '../../../src/engine/ports.ts';
import { addReceiptRoutes } from '../../../src/http/receipt-routes.ts';
import { noMetrics } from '../../../src/lib/metrics.ts';
import { createSafeFetch } from '../../../src/lib/safe-fetch.ts';
import { createUuidMaker } from '../../../src/lib/uuid.ts';
import { type CapturingLogger, createCapturingLogger } from '../../support/capturing-logger.ts';
import { createTestServer } from '../../support/http-server.ts';
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts';
import { createSeededRandomBytes } from '../../support/seeded-random.ts';
import { type AggregatorStub, type AnswerTo, startAggregatorStub } from './aggregator-stub.ts';

/** What a file beside this one says of its vendor. */
export interface Aggregator {
  readonly name: string;
  /** Its answers in good order. `report` sends receipts, and resolves to the status that they were answered with. */
  answer(context: AggregatorContext): AnswerTo;
  createCarrier(context: AggregatorContext): Carrier;
}

export interface AggregatorContext {
  /** The aggregator's own address; empty until it listens, so it is read when it is needed. */
  readonly aggregatorUrl: string;
  readonly publicUrl: string;
  readonly deps: CarrierDeps;
  readonly clock: ManualClock;
  report(url: string, request: RequestInit): Promise<number>;
}

export interface AggregatorRig extends AsyncDisposable {
  readonly carrier: Carrier;
  readonly stub: AggregatorStub;
  readonly clock: ManualClock;
  readonly logger: CapturingLogger;
  readonly serverLogger: CapturingLogger;
  readonly publicUrl: string;
  /** What the sink took, in order. */
  readonly receipts: readonly Receipt[];
  /** Resolves to the reply's status. */
  report(url: string, request: RequestInit): Promise<number>;
  send(to: string, more?: Partial<OutboundMessage>, signal?: AbortSignal): ReturnType<Carrier['submit']>;
  /** How often receipts were refused, by why. */
  refusals(): Promise<string>;
}

export interface RigOptions {
  readonly receipts?: ReceiptSink;
  readonly scheme?: 'http' | 'https';
}

export const CARRIER_ID = 'spare';

export async function startAggregatorRig(
  aggregator: Aggregator,
  { receipts: sink, scheme = 'http' }: RigOptions = {},
): Promise<AggregatorRig> {
  const clock = createManualClock();
  const logger = createCapturingLogger();
  const receipts: Receipt[] = [];
  const take: ReceiptSink = async (receipt) => {
    receipts.push(receipt);
    await sink?.(receipt);
  };
  const safeFetch = createSafeFetch({
    allowRanges: ['127.0.0.1/32'],
    allowHttp: true,
    timers: clock.timers,
  });
  const randomBytes = createSeededRandomBytes(aggregator.name);
  const deps: CarrierDeps = {
    receipts: take,
    clock: clock.now,
    timers: clock.timers,
    logger,
    safeFetch,
    randomBytes,
    makeId: createUuidMaker(clock.now, randomBytes),
    metrics: noMetrics,
  };
  const server = createTestServer();
  const sources = new Map();
  await addReceiptRoutes(server.app, { sources, sink: take, metrics: server.telemetry.metrics });
  const publicUrl = await server.app.listen({ port: 0, host: '127.0.0.1' });
  const reports = new Set<Promise<number>>();
  const report = (url: string, request: RequestInit) => {
    const posted = fetch(url, request).then(
      async (reply) => {
        await reply.arrayBuffer();
        return reply.status;
      },
      () => 0,
    );
    reports.add(posted);
    return posted.finally(() => reports.delete(posted));
  };
  const context = { aggregatorUrl: '', publicUrl, deps, clock, report };
  const stub = await startAggregatorStub(aggregator.answer(context), scheme);
  context.aggregatorUrl = stub.url;
  const carrier = aggregator.createCarrier(context);
  const source = receiptSourceOf(carrier);
  if (source) sources.set(carrier.id, source);
  let count = 0;
  return {
    carrier,
    stub,
    clock,
    logger,
    serverLogger: server.logger,
    publicUrl,
    receipts,
    report,
    send(to, more = {}, signal = new AbortController().signal) {
      count += 1;
      return carrier.submit({ ...messageTo(to, count, clock.now()), ...more }, signal);
    },
    async refusals() {
      const { body } = await server.telemetry.expose();
      const lines = body.split('\n').filter((line) => line.startsWith('otpost_receipts_refused_total{'));
      return lines.join('\n');
    },
    async [Symbol.asyncDispose]() {
      await carrier[Symbol.asyncDispose]();
      await Promise.all(reports);
      await safeFetch[Symbol.asyncDispose]();
      await stub[Symbol.asyncDispose]();
      await server.app.close();
    },
  };
}

function messageTo(to: string, count: number, nowMs: number): OutboundMessage {
  return {
    id: `00000000-0000-7000-8000-${String(count).padStart(12, '0')}`,
    tenantId: '00000000-0000-7000-8000-00000000000a',
    channel: 'sms',
    to,
    body: 'Acme: 483920 is your verification code.',
    code: '483920',
    segments: 1,
    notAfterMs: nowMs + 600_000,
  };
}

/** A rig that ends with the test; dependency-cruiser cannot read `await using` in the tests under src/ yet. */
export async function useAggregatorRig(
  t: TestContext,
  aggregator: Aggregator,
  options?: RigOptions,
): Promise<AggregatorRig> {
  const rig = await startAggregatorRig(aggregator, options);
  t.after(async () => rig[Symbol.asyncDispose]());
  return rig;
}
