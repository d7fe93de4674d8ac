/**
 * The frame of every fault test: nodes under load, a fault, load again to show that service is back, then the audit of
 * what all of it left.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Installation, InstalledNode } from './installation.ts';
import { createJournal, type Journal } from './journal.ts';
import { startLoad } from './load.ts';
import { createNativeClient } from './native-client.ts';
import { createDraw } from './seeded-numbers.ts';
import { settleAndAudit } from './settle-installation.ts';

/** Every node of a PostgreSQL database is given the same. */
export const NODE_SECRET = createHash('sha256').update('nodes of a test').digest('base64');

export function onPostgres(url: string): Record<string, string> {
  return { OTPOST_DATABASE_URL: url, OTPOST_SECRET: NODE_SECRET };
}

export interface FaultRun {
  readonly installation: Installation;
  readonly nodes: readonly InstalledNode[];
  /** Seeds what is asked, and names the load. Letters only. */
  readonly name: string;
  /** What happens while the load runs. What it resolves to are the nodes that answer from then on. */
  readonly fault: (journal: Journal) => Promise<readonly InstalledNode[]>;
  /** For a fault that lasts while the load runs: what is to be undone before the audit. */
  readonly mend?: () => Promise<void>;
}

/** Answers that must last, before the fault and after it. */
const ACKNOWLEDGED = 80;
/** A stopped node never answers; whoever asked it turns to another after this. */
const ANSWER_MS_MAX = 4_000;

export async function runFault({ installation, nodes, name, fault, mend }: FaultRun): Promise<Journal> {
  const { network, secret, witness } = installation;
  const journal = createJournal();
  const loadOn = (served: readonly InstalledNode[], part: string) =>
    startLoad({
      clients: served.map(({ url }) => createNativeClient(url, secret, ANSWER_MS_MAX)),
      ...{ network, journal, draw: createDraw(name + part), name: name + part },
      ...(witness && { webhook: witness.requestUrl }),
    });
  const before = loadOn(nodes, 'Before');

  await before.acknowledged(ACKNOWLEDGED);
  const left = await fault(journal);
  await before.stop();
  const after = loadOn(left, 'After');
  await after.acknowledged(ACKNOWLEDGED);
  await after.stop();
  await mend?.();
  await Promise.all(left.map((node) => node.kill('SIGTERM')));
  assert.deepEqual(await settleAndAudit(installation, journal), []);
  if (witness) assert.ok(witness.taken.length > ACKNOWLEDGED && witness.refused > 0, 'webhooks were posted');
  return journal;
}
