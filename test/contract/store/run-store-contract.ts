/**
 * The promises of `Store` in engine/ports.ts, one suite for every implementation. A second database adds a file
 * beside sqlite.test.ts and changes nothing here.
 */
import { describe } from 'node:test';
import { describeChecks } from './checks.ts';
import type { OpenDatabase } from './database.ts';
import { describeDevices } from './devices.ts';
import { describeDurability } from './durability.ts';
import { describeFallbacks } from './fallbacks.ts';
import { describeKeys } from './keys.ts';
import { describeLedger } from './ledger.ts';
import { describeLists } from './lists.ts';
import { describeOutbox } from './outbox.ts';
import { describeRaces } from './races.ts';
import { describeReceipts } from './receipts.ts';
import { describeSends } from './sends.ts';
import { describeSigningKeys } from './signing-keys.ts';
import { describeSweep } from './sweep.ts';
import { describeTenants } from './tenants.ts';
import { describeWebhookEndpoints } from './webhook-endpoints.ts';
import { describeWebhooks } from './webhooks.ts';

/** @param open makes an empty database, of which each test has its own */
export function runStoreContract(name: string, open: OpenDatabase): void {
  describe(`the store contract on ${name}`, { concurrency: false }, () => {
    describeSends(open);
    describeChecks(open);
    describeReceipts(open);
    describeOutbox(open);
    describeSweep(open);
    describeTenants(open);
    describeKeys(open);
    describeLedger(open);
    describeFallbacks(open);
    describeSigningKeys(open);
    describeWebhookEndpoints(open);
    describeWebhooks(open);
    describeDevices(open);
    describeLists(open);
    describeRaces(open);
    describeDurability(open);
  });
}
