/** Threat: a process that dies at any moment and loses what it acknowledged, or does it twice. 200 such deaths: test/faults. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createInstallation } from '../support/installation.ts';
import { createJournal } from '../support/journal.ts';
import { runKillCycles } from '../support/kill-cycles.ts';
import { createDraw } from '../support/seeded-numbers.ts';
import { settleAndAudit } from '../support/settle-installation.ts';

const CYCLES = 8;

test('a server killed at random points under load loses nothing that it acknowledged and does nothing twice', async () => {
  await using installation = await createInstallation();
  const journal = createJournal();
  await runKillCycles(installation, { cycles: CYCLES, journal, draw: createDraw('kill') });
  assert.deepEqual(await settleAndAudit(installation, journal), []);
  const approved = [...journal.verifications.values()].filter(({ end }) => end === 'approved');
  assert.ok(approved.length > 0 && journal.messages.size > 0, 'the load did something');
});
