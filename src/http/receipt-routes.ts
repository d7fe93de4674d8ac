/**
 * `/receipts/{carrier}` and `/receipts/{carrier}/{secret}`: the way in for what aggregators report. The carrier judges
 * and reads; here is only HTTP: a bounded body kept as it came, and a reply after the receipts are durable.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ReceiptReading, ReceiptSink, ReceiptSource } from '../engine/ports/receipt-source.ts';
import type { Metrics } from '../lib/metrics.ts';
import type { HttpScope } from './http-scope.ts';
import { TransportError } from './request-fault.ts';

export interface ReceiptRoutesDeps {
  /** By the carrier's id. */
  readonly sources: ReadonlyMap<string, ReceiptSource>;
  readonly sink: ReceiptSink;
  readonly metrics: Metrics;
}

/** Above the 64 KiB of other routes: Infobip puts up to 100 reports of about a kilobyte into one request. */
const BODY_BYTES_MAX = 256 * 1024;

/** A repeat is as good as the first try, so aggregators may take each of the two failures for an invitation. */
const REFUSAL_STATUS: Readonly<Record<Exclude<ReceiptReading['kind'], 'read'>, number>> = {
  forged: 403,
  malformed: 400,
  closed: 503,
};

interface ReceiptParams {
  readonly carrier: string;
  readonly secret?: string;
}

export async function addReceiptRoutes(app: HttpScope, deps: ReceiptRoutesDeps): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    for (const url of ['/receipts/:carrier', '/receipts/:carrier/:secret']) {
      scope.route({
        url,
        method: ['GET', 'POST'],
        exposeHeadRoute: false,
        schema: { hide: true },
        bodyLimit: BODY_BYTES_MAX,
        handler: (request, reply) => takeReceipts(deps, request, reply),
      });
    }
  });
}

async function takeReceipts(
  { sources, sink, metrics }: ReceiptRoutesDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { carrier, secret } = request.params as ReceiptParams;
  const source = sources.get(carrier);
  if (!source) throw new TransportError('path_unknown', 'no such path');
  const reading = source.readReceipts({
    method: request.method === 'GET' ? 'GET' : 'POST',
    ...(secret === undefined ? {} : { secret }),
    query: queryOf(request.raw.url ?? ''),
    headers: joinHeaders(request),
    rawBody: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
  });
  if (reading.kind !== 'read') {
    metrics.count('otpost_receipts_refused_total', { carrier, outcome: reading.kind });
    return reply.code(REFUSAL_STATUS[reading.kind]).send();
  }
  // All of them, whatever becomes of each: a repeat of the whole request is harmless, a receipt that was not tried is lost.
  const results = await Promise.allSettled(reading.receipts.map((receipt) => sink(receipt)));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  const { acknowledgement } = reading;
  if (!acknowledgement) return reply.code(200).send();
  return reply.code(200).header('content-type', acknowledgement.contentType).send(acknowledgement.body);
}

function queryOf(url: string): string {
  const start = url.indexOf('?');
  return start < 0 ? '' : url.slice(start + 1);
}

function joinHeaders(request: FastifyRequest): Record<string, string> {
  const joined: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) joined[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return joined;
}
