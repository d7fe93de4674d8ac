/** Threat: nodes of the release before this schema, replaced one after the other under load. Its code is in the history. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadPostgresMigrations } from '../../src/store/postgres/migrate-postgres.ts';
import { onPostgres, runFault } from '../support/fault-run.ts';
import { createInstallation } from '../support/installation.ts';
import { checkOutOlderRelease } from '../support/older-release.ts';
import { createTestDatabase, querySql } from '../support/postgres/test-server.ts';
import { createWebhookWitness } from '../support/webhook-witness.ts';

const TIMEOUT_MS = 120_000;

test('two nodes of an older schema are replaced by two of this one, and serve beside them', {
  timeout: TIMEOUT_MS,
}, async (t) => {
  using older = checkOutOlderRelease();
  if (!older) {
    t.skip('the release before the newest migration is not in this checkout');
    return;
  }
  await using database = await createTestDatabase({ isEmpty: true });
  await using witness = await createWebhookWitness();
  await using installation = await createInstallation({
    ...{ env: onPostgres(database.url), witness },
    makeTenant: (env) => older.makeTenant(env, witness.endpointUrl),
  });
  const schema = async () => {
    const [row] = await querySql(database.url, 'SELECT max(version) AS version FROM otpost_migrations');
    return row?.version;
  };
  const current = loadPostgresMigrations().length;
  assert.equal(await schema(), current - 1);
  const startOlder = () => installation.startNode({}, join(older.folder, 'src/main.ts'));
  const [first, second] = [await startOlder(), await startOlder()];
  await runFault({
    installation,
    nodes: [first, second],
    name: 'Rolling',
    fault: async () => {
      const newer = [await installation.startNode()];
      assert.equal(await schema(), current);
      await first.kill('SIGTERM');
      newer.push(await installation.startNode());
      // The second older one goes on to the end, beside both.
      return [second, ...newer];
    },
  });
  for (const { process } of [first, second])
    assert.doesNotMatch(process.output.out, /"level":"(error|fatal)"/);
});
