/** Sets the gauges that are read when somebody asks: what waits in the store, and how the carriers are. */
import type { BreakerState } from '../core/circuit-breaker.ts';
import type { Store } from '../engine/ports.ts';
import type { Router } from '../engine/router.ts';
import type { Metrics } from '../lib/metrics.ts';

const BREAKER_LEVELS: Readonly<Record<BreakerState, number>> = { closed: 0, 'half-open': 1, open: 2 };

/** Never rejects: a database that is down is itself what there is to tell. */
export async function readGauges(metrics: Metrics, store: Store, router: Router): Promise<void> {
  for (const { id: carrier, health, breaker } of router.health()) {
    metrics.gauge('otpost_carrier_up', { carrier }, health.state === 'down' ? 0 : 1);
    metrics.gauge('otpost_breaker_state', { carrier }, BREAKER_LEVELS[breaker]);
  }
  try {
    await store.probe();
    const [messages, webhooks, parked] = await Promise.all([
      store.countQueued(),
      store.countPendingDeliveries(),
      store.countParkedReceipts(),
    ]);
    metrics.gauge('otpost_outbox_depth', {}, messages + webhooks);
    metrics.gauge('otpost_parked_receipts', {}, parked);
    metrics.gauge('otpost_store_up', {}, 1);
  } catch {
    // The last known depths stay: they are as true as anything is now.
    metrics.gauge('otpost_store_up', {}, 0);
  }
}
