/**
 * Our own SMSC in a process of its own: it accepts, and sends receipts to who asks for them. A text that ends in an
 * instant tells how long it was on its way. Asked for `figures`, it answers with what came since the last time.
 */
import { createSmsc } from '../src/smsc/smsc.ts';
import { summarize } from './statistics.ts';

const STAMPED = / (\d{13})$/;
const onTheWayMs: number[] = [];

const smsc = createSmsc({
  keptMax: 1_000,
  onSubmit: ({ text, receivedAtMs }) => {
    const sentAtMs = Number(STAMPED.exec(text)?.[1]);
    if (sentAtMs > 0) onTheWayMs.push(receivedAtMs - sentAtMs);
  },
});
process.send?.({ port: await smsc.listen() });
process.on('message', (message) => {
  if (message !== 'figures') return;
  const { total } = smsc.submitted;
  process.send?.({
    submitted: total,
    receipts: smsc.receiptCounts,
    rssBytes: process.memoryUsage.rss(),
    onTheWay: summarize(onTheWayMs.splice(0)),
  });
});
process.on('disconnect', () => void smsc.destroy().then(() => process.exit(0)));
