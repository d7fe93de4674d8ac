/** That the speed does not depend on how much is kept: every statement reads by an index or within a limit. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { it, mock } from 'node:test';
import { openSqliteStore } from './open-sqlite-store.ts';

/** What may be walked from one end to the other, and why that is bounded. */
const ALLOWED_SCANS: readonly RegExp[] = [
  // Changed by hand or by rotation.
  /^SCAN (tenants|data_keys|signing_keys|webhook_generation)( USING INDEX \w+)?$/,
  // A partial index over what waits to be sent.
  /^SCAN messages USING COVERING INDEX messages_due$/,
  /^SCAN webhook_deliveries USING COVERING INDEX webhook_deliveries_(due|in_order)$/,
  // A partial index over what tenants registered, read whole when one of them changed.
  /^SCAN webhook_endpoints USING INDEX webhook_endpoints_by_tenant$/,
  // Up to a limit.
  /^SCAN parked_receipts USING COVERING INDEX parked_receipts_by_id$/,
  // Rows of the statement itself.
  /^SCAN (CONSTANT ROW|bounds|days|waiting|\(subquery-\d+\))$/,
];
/** Takes rows from the old end of a table up to a limit. */
const FROM_OLD_END = /FROM (\w+) ORDER BY seq LIMIT \?2/;

it('no statement of the store walks a table that grows', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'otpost-plans-'));
  const path = join(folder, 'otpost.db');
  const prepare = mock.method(DatabaseSync.prototype, 'prepare');
  const store = await openSqliteStore({ path, clock: () => 0 });
  const statements = prepare.mock.calls.map(({ arguments: [sql] }) => sql);
  prepare.mock.restore();
  await store[Symbol.asyncDispose]();

  const database = new DatabaseSync(path);
  const explained = statements.filter((sql) => /^(SELECT|WITH|INSERT|UPDATE|DELETE)\b/.test(sql));
  assert.ok(explained.length > 50);
  for (const sql of explained) {
    const ownScan = FROM_OLD_END.exec(sql)?.[1];
    for (const { detail } of database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all()) {
      const step = String(detail);
      const isBounded =
        !step.startsWith('SCAN') ||
        step === `SCAN ${ownScan}` ||
        ALLOWED_SCANS.some((allowed) => allowed.test(step));
      assert.ok(isBounded || /sqlite_schema|migrations/.test(sql), `${step}: ${sql}`);
    }
  }
  database.close();
  rmSync(folder, { recursive: true });
});
