/**
 * That the speed does not depend on how much is kept, nor on what the server believes of it: even on empty tables,
 * whose plans a session may keep for long, every statement reads by the key of an index.
 */
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { it, mock } from 'node:test';
import { Client } from 'pg';
import { createTestDatabase } from '../../../test/support/postgres/test-server.ts';

/** Changed by hand or by rotation; the last holds one row a tenant. */
const SMALL = /^(tenants|data_keys|signing_keys|webhook_generation|templates|webhook_secrets)$/;
/** Walked along the end that retention has not reached, or a partial index over what is unfinished; up to a limit. */
const WALKS: readonly RegExp[] = [
  /failure_budgets_spent/,
  // The oldest one, for a gauge.
  /parked_receipts_by_age/,
  // Leaps from one endpoint to the next.
  /webhook_deliveries_due/,
  /webhook_deliveries_in_order/,
  /webhook_endpoints_by_tenant/,
];

/** Those that are there for reading, and not to keep something unique. */
const READ_INDEXES = `SELECT indexrelid::regclass::text AS name FROM pg_index
  WHERE NOT indisunique AND indrelid IN (
    SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r')`;

/** The texts of all statements, which are made when the modules are loaded. */
async function collectStatements(): Promise<readonly string[]> {
  const texts: string[] = [];
  const { createHash } = crypto;
  const spy = mock.method(crypto, 'createHash', (algorithm: string) => {
    const hash = createHash(algorithm);
    const update = hash.update.bind(hash);
    hash.update = ((text: string) => {
      texts.push(text);
      return update(text);
    }) as typeof hash.update;
    return hash;
  });
  syncBuiltinESMExports();
  await import('./open-postgres-store.ts');
  spy.mock.restore();
  syncBuiltinESMExports();
  return texts.filter((text) => /^(SELECT|WITH|INSERT|UPDATE|DELETE)\b/.test(text));
}

async function explain(client: Client, text: string): Promise<readonly string[]> {
  const count = Math.max(0, ...[...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)));
  await client.query(`PREPARE probed AS ${text}`);
  const values = count === 0 ? '' : `(${Array(count).fill('NULL').join(', ')})`;
  const { rows } = await client.query(`EXPLAIN (COSTS OFF) EXECUTE probed${values}`);
  await client.query('DEALLOCATE probed');
  return rows.map((row) => String(row['QUERY PLAN']));
}

it('no statement of the store walks a table that grows, and every index serves one', async () => {
  const statements = await collectStatements();
  assert.ok(statements.length > 80, `${statements.length} statements`);
  const { PLANNER_SETTINGS } = await import('./connection.ts');
  const database = await createTestDatabase();
  const client = new Client({ connectionString: database.url });
  await client.connect();
  try {
    const idle = new Set((await client.query<{ name: string }>(READ_INDEXES)).rows.map(({ name }) => name));
    for (const [name, value] of PLANNER_SETTINGS) await client.query(`SET ${name} = '${value}'`);
    for (const text of statements) {
      if (/otpost_migrations|pg_class|pg_notify/.test(text)) continue;
      const plan = await explain(client, text);
      for (const [index, line] of plan.entries()) {
        const scan = /(Seq Scan|Index (?:Only )?Scan(?: Backward)? using (\w+)) on (\w+)/.exec(line);
        idle.delete(scan?.[2] ?? '');
        if (!scan || SMALL.test(scan[3] ?? '')) continue;
        const isKeyed = plan[index + 1]?.includes('Index Cond:');
        const isWalk = WALKS.some((walk) => walk.test(scan[2] ?? ''));
        assert.ok(isKeyed || isWalk, `${line.trim()}: ${text}\n${plan.join('\n')}`);
      }
    }
    assert.deepEqual([...idle], []);
  } finally {
    await client.end();
    await database[Symbol.asyncDispose]();
  }
});
