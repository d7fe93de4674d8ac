/** Where receipts go: recorded, counted, and shown in traces. */
import type { Receipt } from '../core/delivery.ts';
import type { ReceiptSink } from '../engine/ports.ts';
import { recordReceipt } from '../engine/record-receipt.ts';
import type { Metrics } from '../lib/metrics.ts';
import type { Tracing } from '../lib/tracing.ts';

export interface ReceiptSinks {
  /** For receipts that come with a request: part of its trace. */
  readonly ofRequests: ReceiptSink;
  /** For those that come over a carrier's own connection, which outlives every trace: each begins one. */
  readonly ofCarriers: ReceiptSink;
}

export function createReceiptSinks(
  context: Parameters<typeof recordReceipt>[0],
  metrics: Metrics,
  tracing: Tracing,
): ReceiptSinks {
  const sink = (isRoot: boolean) => async (receipt: Receipt) => {
    const { carrier, state } = receipt;
    await tracing.run(
      'receipt.record',
      { 'otpost.carrier': carrier },
      async (span) => {
        const { outcome, messageId } = await recordReceipt(context, receipt);
        span.set({ 'otpost.outcome': outcome === 'recorded' ? state : outcome });
        if (messageId !== undefined) span.about(messageId);
      },
      { isRoot },
    );
    metrics.count('otpost_receipts_total', { carrier, state });
  };
  return { ofRequests: sink(false), ofCarriers: sink(true) };
}
