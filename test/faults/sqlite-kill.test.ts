/** Threat: a process that dies at any moment and loses what it acknowledged, or does it twice. The long form of acceptance/kill. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createInstallation } from '../support/installation.ts';
import { createJournal } from '../support/journal.ts';
import { runKillCycles } from '../support/kill-cycles.ts';
import { createDraw } from '../support/seeded-numbers.ts';
import { settleAndAudit } from '../support/settle-installation.ts';

/** Audited after every so many, so that a fault is found near to where it was made. */
const ROUNDS = 10;
const CYCLES = 20;

describe('a server on SQLite, killed 200 times under load', () => {
  for (let round = 1; round <= ROUNDS; round += 1) {
    it(`loses nothing and does nothing twice, round ${round} of ${CYCLES}`, async () => {
      await using installation = await createInstallation();
      const journal = createJournal();
      const draw = createDraw(`sqlite-kill-${round}`);
      await runKillCycles(installation, { cycles: CYCLES, journal, draw });
      assert.deepEqual(await settleAndAudit(installation, journal), []);
      assert.ok(journal.acknowledged > CYCLES);
    });
  }
});
