/** Gauges that are read when somebody asks, on a real store. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestStores } from '../../test/support/open-test-store.ts';
import type { Router } from '../engine/router.ts';
import { createTelemetry } from '../lib/telemetry.ts';
import { readGauges } from './read-gauges.ts';

const router = { health: () => [] } as unknown as Router;

describe('the gauges of the store', () => {
  const open = openTestStores();

  async function readAll(store: Awaited<ReturnType<typeof open>>) {
    const { metrics, expose } = createTelemetry({ processMetrics: false });
    await readGauges(metrics, store, router);
    const { body } = await expose();
    return (name: string) => new RegExp(`^${name} (.*)$`, 'm').exec(body)?.[1];
  }

  it('count the receipts that are kept for messages nobody knows', async () => {
    const store = await open();
    assert.equal((await readAll(store))('otpost_parked_receipts'), '0');
    for (const carrierMessageId of ['a', 'b']) {
      await store.transaction((tx) =>
        tx.parkReceipt({ carrier: 'main', carrierMessageId, state: 'delivered', receivedAtMs: 1 }),
      );
    }
    const value = await readAll(store);
    assert.equal(value('otpost_parked_receipts'), '2');
    assert.equal(value('otpost_store_up'), '1');
  });

  it('say that a store is down, and keep what was known', async () => {
    const store = await open();
    const receipt = { carrier: 'main', carrierMessageId: 'a', state: 'delivered', receivedAtMs: 1 } as const;
    await store.transaction((tx) => tx.parkReceipt(receipt));
    const { metrics, expose } = createTelemetry({ processMetrics: false });
    await readGauges(metrics, store, router);
    await readGauges(
      metrics,
      { ...store, probe: () => Promise.reject(new Error('the disk is full')) },
      router,
    );
    const { body } = await expose();
    assert.match(body, /^otpost_store_up 0$/m);
    assert.match(body, /^otpost_parked_receipts 1$/m);
  });
});
