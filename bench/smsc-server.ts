/**
 * Our own SMSC in a process of its own: it accepts, and sends receipts to who asks for them. A text that ends in an
 * instant tells how long it was on its way. It is asked for its `totals`, and for the `run` since it was last asked that.
 */
import { createSmsc } from '../src/smsc/smsc.ts';
import { summarize } from './statistics.ts';

export interface SmscTotals {
  readonly submitted: number;
  /** Acknowledged by whoever submitted. */
  readonly receipts: number;
  readonly rssBytes: number;
}

export interface SmscRun {
  /** From its first submit to its last receipt. */
  readonly activeMs: number;
  readonly onTheWayMs: { readonly p50: number; readonly p99: number };
}

const STAMPED = / (\d{13})$/;
/** How finely the end of a run is seen: a thousandth of its length. */
const LOOK_MS = 5;
/** Of a soak nobody asks how long its messages were on the way. */
const ON_THE_WAY_MAX = 200_000;
const onTheWayMs: number[] = [];
let firstSubmitAtMs: number | undefined;
let lastReceiptAtMs = 0;
let receipts = 0;

const smsc = createSmsc({
  keptMax: 1_000,
  onSubmit: ({ text, receivedAtMs }) => {
    firstSubmitAtMs ??= performance.now();
    const sentAtMs = Number(STAMPED.exec(text)?.[1]);
    if (sentAtMs > 0 && onTheWayMs.length < ON_THE_WAY_MAX) onTheWayMs.push(receivedAtMs - sentAtMs);
  },
});
setInterval(() => {
  if (receipts === smsc.receiptCounts.taken) return;
  receipts = smsc.receiptCounts.taken;
  lastReceiptAtMs = performance.now();
}, LOOK_MS);

const ANSWERS: Readonly<Record<string, () => SmscTotals | SmscRun>> = {
  totals: () => ({
    submitted: smsc.submitted.total,
    receipts: smsc.receiptCounts.taken,
    rssBytes: process.memoryUsage.rss(),
  }),
  run() {
    const activeMs = firstSubmitAtMs === undefined ? 0 : lastReceiptAtMs - firstSubmitAtMs;
    firstSubmitAtMs = undefined;
    return { activeMs, onTheWayMs: summarize(onTheWayMs.splice(0)) };
  },
};

process.send?.({ port: await smsc.listen() });
process.on('message', (message) => process.send?.(ANSWERS[String(message)]?.() ?? {}));
process.on('disconnect', () => void smsc.destroy().then(() => process.exit(0)));
